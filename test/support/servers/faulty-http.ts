import * as http from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a proxy does with a request: `undefined` passes it on. */
export type HttpFault =
  | undefined
  /** Answered by the proxy; the server never hears of it. */
  | { readonly status: number; readonly headers?: http.OutgoingHttpHeaders; readonly body?: string }
  /** The connection ends without an answer. */
  | 'cut'
  /** The answer's first byte is another. */
  | 'damage'
  /** Never answered; the connection stays. */
  | 'hang';

export interface FaultyHttp {
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Method and path with query of each request since the start, or since it was emptied. */
  readonly seen: string[];
  /** How many requests were on their way together, at most, since it was set to 0. */
  busiest: number;
  /** ms that a request waits for another one beside it, as long as there was none since `busiest` was set to 0: what is sent together is seen together, however busy the machine is. */
  company: number;
  /** Asked for each request, counted from 1 since it was set; undefined passes everything. */
  choose: ((request: http.IncomingMessage, count: number) => HttpFault) | undefined;
  stop(): Promise<void>;
}

/** A proxy in this process that understands HTTP, for faults of single requests. The `Host` is passed on, so that signatures hold. */
export async function startFaultyHttp(upstream: number): Promise<FaultyHttp> {
  const agent = new http.Agent({ keepAlive: true });
  let count = 0;
  let choose: FaultyHttp['choose'];
  const seen: string[] = [];
  let busiest = 0;
  let company = 0;
  const underWay = new Set<http.ServerResponse>();
  const inCompany = async (): Promise<void> => {
    for (const end = Date.now() + company; busiest === 1 && Date.now() < end; )
      await new Promise((resolve) => setTimeout(resolve, 1));
  };
  const server = http.createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    underWay.add(response);
    busiest = Math.max(busiest, underWay.size);
    for (const end of ['finish', 'close']) response.once(end, () => underWay.delete(response));
    const fault = choose?.(request, ++count);
    if (fault === 'hang') return;
    if (fault === 'cut') return request.socket.destroy();
    if (fault !== undefined && fault !== 'damage') return refuse(request, response, fault);
    void inCompany().then(() => passOn(agent, upstream, request, response, fault === 'damage'));
  });
  server.on('checkContinue', (request, response) => {
    response.writeContinue();
    server.emit('request', request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // Of a server that listens at a port.
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    seen,
    get busiest() {
      return busiest;
    },
    set busiest(count) {
      busiest = count;
    },
    get company() {
      return company;
    },
    set company(ms) {
      company = ms;
    },
    get choose() {
      return choose;
    },
    set choose(next) {
      count = 0;
      choose = next;
    },
    stop: async () => {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Every request whose number is divisible by `n` is answered with `status`. */
export const everyNth =
  (n: number, status = 500, headers: http.OutgoingHttpHeaders = {}, body = '') =>
  (_: http.IncomingMessage, count: number): HttpFault =>
    count % n === 0 ? { status, headers, body } : undefined;

function refuse(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  { status, headers, body }: Exclude<HttpFault, string | undefined>,
): void {
  request.resume(); // Read to its end: an answer in the middle of a request is a reset to many clients.
  request.once('end', () => response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body));
}

function passOn(
  agent: http.Agent,
  port: number,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  damage: boolean,
): void {
  const { method, url: path, headers } = request;
  const forward = http.request({ agent, host: '127.0.0.1', port, method, path, headers, setHost: false });
  const fail = (): void => {
    forward.destroy();
    response.destroy();
  };
  forward.once('error', fail);
  request.once('error', fail);
  response.once('close', () => response.writableFinished || forward.destroy());
  forward.once('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    let first = damage;
    answer.on('data', (chunk: Buffer) => {
      if (first) chunk = Buffer.concat([Buffer.from([(chunk[0] ?? 0) ^ 1]), chunk.subarray(1)]);
      first = false;
      if (!response.write(chunk)) {
        answer.pause();
        response.once('drain', () => answer.resume());
      }
    });
    answer.once('end', () => response.end());
    answer.once('error', fail);
  });
  request.pipe(forward);
}
