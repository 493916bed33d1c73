import * as net from 'node:net';

export interface CuttingProxy {
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Bytes that have passed since the last {@link arm}. */
  readonly passed: { up: number; down: number };
  /** How many cuts there were since then. */
  readonly cuts: number;
  /** Counts from nothing; at each of these numbers of bytes, both ways together, `act` is called and all connections end. */
  arm(at: readonly number[], act?: () => void): void;
  stop(): Promise<void>;
}

/** A proxy in this process that counts bytes and ends connections at exact ones of them. @param upstream A port on the loopback interface. */
export async function startCuttingProxy(upstream: number): Promise<CuttingProxy> {
  const sockets = new Set<net.Socket>();
  const passed = { up: 0, down: 0 };
  let left: number[] = [];
  let act: (() => void) | undefined;
  let cuts = 0;
  const end = (): void => {
    for (const socket of [...sockets]) socket.destroy();
  };
  /** Passes what comes before the next cut, and says whether more may pass. */
  const pass = (from: net.Socket, to: net.Socket, way: 'up' | 'down') => {
    from.on('data', (chunk: Buffer) => {
      const room = (left[0] ?? Number.POSITIVE_INFINITY) - passed.up - passed.down;
      const part = chunk.length > room ? chunk.subarray(0, Math.max(0, room)) : chunk;
      passed[way] += part.length;
      if (part.length > 0 && !to.write(part)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
      if (part.length === chunk.length) return;
      left.shift();
      cuts++;
      act?.();
      end(); // What is killed takes no more, and its bytes do not count.
    });
    from.on('error', () => {});
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const server = net.createServer((client) => {
    const store = net.connect(upstream, '127.0.0.1');
    sockets.add(client).add(store);
    pass(client, store, 'up');
    pass(store, client, 'down');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    passed,
    get cuts() {
      return cuts;
    },
    arm(at, what) {
      passed.up = passed.down = cuts = 0;
      left = [...at].sort((a, b) => a - b);
      act = what;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        end();
      }),
  };
}
