import { createHash } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';
import type { HttpAgents } from './http-agents.ts';
import { inSlices } from './parts.ts';
import type { S3Place } from './s3-client.ts';
import type { KeySource } from './s3-identity.ts';
import { encodePath, openSigner, queryText } from './s3-signature.ts';
import { textOf } from './s3-xml.ts';

/** One request about an object, or about the bucket where there is no key. */
export interface WireCall {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly signal: AbortSignal;
  /** Told when the line takes a piece of the body. */
  readonly onTaken?: () => void;
}

/** An answer that is not what was asked for. */
export class S3Refusal extends Error {
  override readonly name = 'S3Refusal';
  readonly status: number;
  /** S3's own word; '' where there is none. */
  readonly code: string;
  readonly headers: http.IncomingHttpHeaders;
  /** What was said beside the code. */
  readonly region: string | undefined;

  constructor(status: number, headers: http.IncomingHttpHeaders, body: string) {
    super(textOf(body, 'Message') ?? '');
    this.status = status;
    this.headers = headers;
    this.code = textOf(body, 'Code') ?? '';
    this.region = textOf(body, 'Region');
  }
}

/** No connection, or no answer, in the time that the options allow. */
export class S3TimeOut extends Error {
  override readonly name = 'S3TimeOut';
  readonly phase: 'connect' | 'answer';
  readonly ms: number;
  constructor(phase: 'connect' | 'answer', ms: number) {
    super(phase === 'connect' ? `no connection in ${ms / 1000} s` : `no answer in ${ms / 1000} s`);
    this.phase = phase;
    this.ms = ms;
  }
}

export interface WireOptions {
  readonly place: S3Place;
  readonly keys: KeySource | undefined;
  readonly agents: HttpAgents;
  readonly connectTimeout: number;
  readonly readTimeout: number;
}

/** Sends one request and gives the answer, whose body has to be read or let go. */
export type Wire = (call: WireCall) => Promise<http.IncomingMessage>;

/** Larger bodies wait until the server has said that it wants them. */
const ASK_FIRST = 1 << 20;
/** A server that knows nothing of asking gets them after this time, in milliseconds. */
const ASK_PATIENCE = 1000;
const EMPTY_SHA256 = createHash('sha256').digest('hex');
/** An MD5 guards the body. */
const UNSIGNED = 'UNSIGNED-PAYLOAD';

/** The requests of which there are thousands, each for a tenth of what the client of the library needs: straight to Node. */
export function openWire({ place, keys, agents, connectTimeout, readTimeout }: WireOptions): Wire {
  const { url, region } = place;
  const secure = url.protocol === 'https:';
  const request = secure ? https.request : http.request;
  const agent = secure ? agents.https : agents.http;
  const sign = keys && openSigner(region);
  const connection = {
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port ? { port: Number(url.port) } : {}),
  };

  return async ({ method, key, query = {}, headers = {}, body, signal, onTaken }) => {
    const path = url.pathname.replace(/\/$/, '') + (key === undefined ? '/' : `/${encodePath(key)}`);
    const asked = queryText(query);
    const unsigned = {
      host: url.host,
      'x-amz-content-sha256': body ? UNSIGNED : EMPTY_SHA256,
      ...(body ? { 'content-length': String(body.length) } : {}),
      ...headers,
    };
    const signed =
      sign && keys ? sign({ method, path, query: asked, headers: unsigned }, await keys(), new Date()) : unsigned;
    const asksFirst = body !== undefined && body.length > ASK_FIRST;
    return await new Promise((resolve, reject) => {
      const sent = request({
        ...connection,
        agent,
        method,
        path: asked === '' ? path : `${path}?${asked}`,
        headers: asksFirst ? { ...signed, expect: '100-continue' } : signed,
        signal,
      });
      const connecting = setTimeout(() => sent.destroy(new S3TimeOut('connect', connectTimeout)), connectTimeout);
      sent.once('socket', (socket) => {
        if (!socket.connecting) clearTimeout(connecting);
        else socket.once(secure ? 'secureConnect' : 'connect', () => clearTimeout(connecting));
      });
      sent.setTimeout(readTimeout, () => sent.destroy(new S3TimeOut('answer', readTimeout)));
      sent.on('error', (error) => {
        clearTimeout(connecting);
        reject(error);
      });
      sent.once('response', (answer) => {
        clearTimeout(connecting);
        sent.setTimeout(0); // A reader may take its time.
        const { statusCode = 0 } = answer;
        if (statusCode >= 200 && statusCode < 300) resolve(answer);
        else collect(answer).then((text) => reject(new S3Refusal(statusCode, answer.headers, text)), reject);
      });
      if (body === undefined) sent.end();
      else if (asksFirst) whenWanted(sent, () => inSlices(body, onTaken ?? (() => {})).pipe(sent));
      else sent.end(body);
    });
  };
}

function whenWanted(sent: http.ClientRequest, go: () => void): void {
  let gone = false;
  const once = (): void => {
    clearTimeout(timer);
    if (gone || sent.destroyed || sent.writableEnded) return;
    gone = true;
    go();
  };
  const never = (answer: http.IncomingMessage): void => {
    clearTimeout(timer);
    if (gone) return;
    gone = true;
    answer.once('end', () => sent.destroy()); // A body was announced and is not sent: the connection is of no more use.
  };
  const timer = setTimeout(once, ASK_PATIENCE);
  sent.once('continue', once);
  sent.once('response', never);
  sent.once('close', () => clearTimeout(timer));
  sent.flushHeaders();
}

const LONGEST_ERROR = 64 << 10;

async function collect(answer: http.IncomingMessage): Promise<string> {
  let text = '';
  answer.setEncoding('utf8');
  try {
    for await (const chunk of answer) if (text.length < LONGEST_ERROR) text += chunk;
  } catch {
    // What has arrived says enough.
  }
  return text;
}
