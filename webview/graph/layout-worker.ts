import type { GraphLayout, LayoutInput } from './layout.ts';

type Answer = { readonly request: number } & ({ readonly layout: GraphLayout } | { readonly error: string });

/** Lays graphs out aside, so that the page moves on meanwhile. Only the answer to the last question is given. */
export class LayoutWorker {
  readonly #worker: Promise<Worker>;
  #request = 0;
  #waiting: { resolve(layout: GraphLayout | undefined): void; reject(error: Error): void } | undefined;

  /** @param source Where the worker's code is; a webview may start only what it has fetched itself. */
  constructor(source: string) {
    this.#worker = this.#start(source);
    this.#worker.catch(() => {}); // Told by the first question.
  }

  /** Undefined where another question came after this one. @throws when the graph cannot be laid out */
  async layOut(input: LayoutInput): Promise<GraphLayout | undefined> {
    const request = ++this.#request;
    this.#waiting?.resolve(undefined);
    const answer = new Promise<GraphLayout | undefined>((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
    const worker = await this.#worker;
    if (request === this.#request) worker.postMessage({ request, input });
    return answer;
  }

  async #start(source: string): Promise<Worker> {
    const code = await (await fetch(source)).blob();
    const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
    const worker = new Worker(url, { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
      if (data.request !== this.#request) return;
      if ('layout' in data) this.#waiting?.resolve(data.layout);
      else this.#waiting?.reject(new Error(data.error));
    });
    worker.addEventListener('error', ({ message }) => this.#waiting?.reject(new Error(message)));
    return worker;
  }
}
