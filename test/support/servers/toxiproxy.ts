import { builtProgram } from './programs.ts';
import { type Server, startServer } from './server.ts';

/** Connections through a proxy that can be made bad. `up` is towards the server, `down` towards the client. */
export interface FaultProxy {
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Each answer comes this many milliseconds later. */
  latency(ms: number, jitter?: number): Promise<void>;
  /** KB a second, in both directions. */
  bandwidth(rate: number): Promise<void>;
  /** Every connection ends after this many bytes in one direction. */
  cutAfter(bytes: number, direction: 'up' | 'down'): Promise<void>;
  /** Every connection is reset. */
  reset(afterMs?: number): Promise<void>;
  /** Nothing passes any more, and nothing ends. */
  stall(direction?: 'up' | 'down'): Promise<void>;
  /** Bytes trickle. */
  slice(bytes: number, delayMicroseconds: number): Promise<void>;
  /** Connections are refused, and those that are open end. */
  down(): Promise<void>;
  /** As at the start: everything passes. Connections that stall go on. */
  heal(): Promise<void>;
}

export interface FaultProxyServer extends Server {
  /** @param upstream The port of a server on the loopback interface. */
  inFrontOf(upstream: number): Promise<FaultProxy>;
}

/** A proxy for TCP that delays, cuts, resets and stalls. */
export async function startToxiproxy(): Promise<FaultProxyServer> {
  const program = builtProgram('toxiproxy');
  const server = await startServer({
    name: 'toxiproxy',
    command: ({ port }) => ({ program, args: ['-host', '127.0.0.1', '-port', String(port)] }),
  });
  let count = 0;
  return {
    ...server,
    inFrontOf: (upstream) => addProxy(server.url, `proxy-${++count}`, upstream),
  };
}

async function addProxy(api: string, name: string, upstream: number): Promise<FaultProxy> {
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(api + path, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`toxiproxy: ${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  const proxy = { name, listen: '127.0.0.1:0', upstream: `127.0.0.1:${upstream}`, enabled: true };
  const { listen } = (await call('POST', '/proxies', proxy)) as { listen: string };
  const port = Number(listen.slice(listen.lastIndexOf(':') + 1));
  const stay = { ...proxy, listen: `127.0.0.1:${port}` };
  const path = `/proxies/${name}`;
  const streams = { up: 'upstream', down: 'downstream' } as const;
  const add = async (type: string, direction: 'up' | 'down', attributes: object): Promise<void> => {
    await call('POST', `${path}/toxics`, {
      name: `${type}-${direction}`,
      type,
      stream: streams[direction],
      attributes,
    });
  };
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    latency: (latency, jitter = 0) => add('latency', 'down', { latency, jitter }),
    bandwidth: async (rate) => {
      await add('bandwidth', 'up', { rate });
      await add('bandwidth', 'down', { rate });
    },
    cutAfter: (bytes, direction) => add('limit_data', direction, { bytes }),
    reset: (timeout = 0) => add('reset_peer', 'down', { timeout }),
    stall: (direction = 'down') => add('timeout', direction, { timeout: 0 }),
    slice: (average_size, delay) => add('slicer', 'down', { average_size, delay }),
    down: async () => {
      await call('POST', path, { ...stay, enabled: false });
    },
    heal: async () => {
      const toxics = (await call('GET', `${path}/toxics`)) as readonly { name: string }[];
      for (const toxic of toxics) await call('DELETE', `${path}/toxics/${toxic.name}`);
      await call('POST', path, { ...stay, enabled: true });
    },
  };
}
