import type { PlotContent } from '../../protocol/plots-page.ts';
import type { PlotPart } from './plot-source.ts';

export interface PlotFeedHost {
  /** Undefined where there is no such plot any more. */
  versionOf(id: string): number | undefined;
  contentOf(id: string, part: PlotPart): Promise<PlotContent>;
  /** False once the page is gone: then nothing more is sent. */
  send(message: {
    readonly type: 'content';
    readonly plot: string;
    readonly version: number;
    readonly content: PlotContent;
  }): boolean;
}

/** Which plots a page has the data of; it gets that of those it asks for, and again where it is another now. */
export class PlotFeed {
  readonly #host: PlotFeedHost;
  readonly #sent = new Map<string, number>();

  constructor(host: PlotFeedHost) {
    this.#host = host;
  }

  /** The page has nothing. */
  clear(): void {
    this.#sent.clear();
  }

  /** @param part Values of x that are in sight. */
  async send(ids: readonly string[], part: PlotPart = {}): Promise<void> {
    for (const id of ids) {
      const version = this.#host.versionOf(id);
      if (version === undefined) {
        this.#sent.delete(id);
        continue;
      }
      const content = await this.#host.contentOf(id, part);
      this.#sent.set(id, version);
      if (!this.#host.send({ type: 'content', plot: id, version, content })) return;
      await new Promise((resume) => setImmediate(resume)); // Others get their turn between two plots.
    }
  }

  /** What has changed since it was sent. */
  refresh(): Promise<void> {
    return this.send([...this.#sent].flatMap(([id, version]) => (this.#host.versionOf(id) === version ? [] : [id])));
  }
}
