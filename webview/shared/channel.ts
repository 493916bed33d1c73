/** The page's end of the line to the extension host: typed both ways. */
export interface Channel<From> {
  send(message: From): void;
  /** What {@link keep} was given last, before a reload of the window too. */
  kept(): unknown;
  keep(state: object): void;
}

declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
};

/** Opens the line; `receive` gets every message of the host. Once per page: VS Code hands its end out only once. */
export function openChannel<To, From>(receive: (message: To) => void): Channel<From> {
  const host = acquireVsCodeApi();
  // Messages come from VS Code's own frame, whose other end is our host, built from the same protocol.
  window.addEventListener('message', ({ data }: MessageEvent<To>) => receive(data));
  return {
    send: (message) => host.postMessage(message),
    kept: () => host.getState(),
    keep: (state) => host.setState(state),
  };
}
