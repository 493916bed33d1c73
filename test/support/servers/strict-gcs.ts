import { createHash, randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the service keeps of an unfinished upload: whole pieces of this length. */
const GRAIN = 256 << 10;

interface Upload {
  readonly name: string;
  readonly size: number;
  arrived: Buffer;
  /** Requests about one upload are answered one after the other. */
  turn: Promise<void>;
}

interface Version {
  readonly bytes: Buffer;
  readonly generation: number;
}

export interface StrictGcs {
  readonly url: string;
  readonly bucket: string;
  /** Method and path of each request, with the range of bytes where there is one. */
  readonly seen: string[];
  /** Which token is let in. */
  readonly token: string;
  /** Refuses to do this, whoever asks. */
  forbid: 'read' | 'write' | undefined;
  /** The connection of the next upload ends after so many bytes. */
  cutAfter: number | undefined;
  /** Gives up all unfinished uploads. */
  forgetUploads(): void;
  /** Writes credentials that this server gives a token for. @param valid False: the token is refused. */
  keyFile(path: string, valid?: boolean): string;
  stop(): Promise<void>;
}

/** A small Google Cloud Storage that does what the emulator leaves out: it asks for a token, keeps versions, and tells how far an upload came. */
export async function startStrictGcs(bucket = 'bucket'): Promise<StrictGcs> {
  const token = `token-${randomUUID()}`;
  const objects = new Map<string, Version[]>();
  const uploads = new Map<string, Upload>();
  let generation = 1_700_000_000_000_000;
  const server = http.createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // Of a server that listens at a port.

  const face: StrictGcs = {
    url,
    bucket,
    seen: [],
    token,
    forbid: undefined,
    cutAfter: undefined,
    forgetUploads: () => uploads.clear(),
    keyFile: (path, valid = true) => {
      fs.writeFileSync(`${path}.subject`, valid ? 'good' : 'bad');
      const account = {
        type: 'external_account',
        audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        token_url: `${url}/token`,
        credential_source: { file: `${path}.subject` },
      };
      fs.writeFileSync(path, JSON.stringify(account));
      return path;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  const describe = (name: string, { bytes, generation: version }: Version) => ({
    name,
    size: String(bytes.length),
    updated: '2024-01-02T03:04:05Z',
    etag: `E${version}`,
    generation: String(version),
    md5Hash: createHash('md5').update(bytes).digest('base64'),
  });
  const put = (name: string, bytes: Buffer) => {
    const version = { bytes, generation: ++generation };
    objects.set(name, [...(objects.get(name) ?? []), version]);
    return describe(name, version);
  };

  async function answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', url);
    const { method = 'GET', headers } = request;
    face.seen.push(`${method} ${pathname} ${headers['content-range'] ?? headers.range ?? ''}`.trim());
    const say = (status: number, body: object | Buffer = {}, more: http.OutgoingHttpHeaders = {}): void => {
      request.resume();
      response.writeHead(status, more).end(Buffer.isBuffer(body) ? body : JSON.stringify(body));
    };
    const refuse = (status: number, reason: string, message: string): void =>
      say(status, { error: { code: status, message, errors: [{ reason, message }] } });

    if (pathname === '/token') {
      const subject = new URLSearchParams((await readBody(request)).toString()).get('subject_token');
      const issued = { access_token: subject === 'good' ? token : 'other', expires_in: 3600, token_type: 'Bearer' };
      return say(200, { ...issued, issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' });
    }
    if (query.get('upload_id') !== null) return receive(request, response, query.get('upload_id') ?? '');
    if (headers.authorization === undefined)
      return refuse(401, 'required', 'Anonymous caller does not have storage.objects.get access to the object.');
    if (headers.authorization !== `Bearer ${token}`) return refuse(401, 'authError', 'Invalid Credentials');
    const [, kind = '', place = '', object] =
      /^\/(?:(upload|download)\/)?storage\/v1\/b\/([^/]+)\/o(?:\/(.+))?$/.exec(pathname) ?? [];
    if (decodeURIComponent(place) !== bucket) return refuse(404, 'notFound', 'The specified bucket does not exist.');
    const doing = method === 'GET' ? 'read' : 'write';
    if (face.forbid === doing)
      return refuse(403, 'forbidden', `me@example.com does not have storage.objects.${doing} access to the bucket.`);

    if (kind === 'upload') {
      if (query.get('uploadType') === 'resumable') {
        const id = randomUUID();
        const size = Number(headers['x-upload-content-length']);
        uploads.set(id, { name: query.get('name') ?? '', size, arrived: Buffer.alloc(0), turn: Promise.resolve() });
        return say(
          200,
          {},
          { location: `http://${headers.host}/upload/storage/v1/b/${bucket}/o?uploadType=resumable&upload_id=${id}` },
        );
      }
      const { name, md5Hash, bytes } = parseMultipart(await readBody(request), headers['content-type'] ?? '');
      if (createHash('md5').update(bytes).digest('base64') !== md5Hash)
        return refuse(400, 'invalid', 'Provided MD5 hash does not match.');
      return say(200, put(name, bytes));
    }
    if (object === undefined) return say(200, list(query));
    const name = decodeURIComponent(object);
    const versions = objects.get(name) ?? [];
    const wanted = query.get('generation');
    const found = wanted === null ? versions.at(-1) : versions.find((one) => String(one.generation) === wanted);
    if (found === undefined) return refuse(404, 'notFound', `No such object: ${bucket}/${name}`);
    if (method === 'DELETE') {
      objects.delete(name);
      return say(204, Buffer.alloc(0));
    }
    if (query.get('alt') !== 'media') return say(200, describe(name, found));
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
    const marks = { etag: `E${found.generation}`, 'x-goog-generation': String(found.generation) };
    if (headers.range !== undefined && from >= found.bytes.length) return say(416, {}, marks);
    say(headers.range === undefined ? 200 : 206, found.bytes.subarray(from), marks);
  }

  function list(query: URLSearchParams): object {
    const names = [...objects.keys()].filter((name) => name.startsWith(query.get('prefix') ?? '')).sort();
    const after = query.get('pageToken');
    const rest = after === null ? names : names.slice(names.indexOf(after) + 1);
    const page = rest.slice(0, Math.min(2, Number(query.get('maxResults')))); // Short pages: whoever lists must turn them.
    const items = page.map((name) =>
      describe(name, objects.get(name)?.at(-1) ?? { bytes: Buffer.alloc(0), generation }),
    );
    return { items, ...(rest.length > page.length ? { nextPageToken: page.at(-1) } : {}) };
  }

  async function receive(request: http.IncomingMessage, response: http.ServerResponse, id: string): Promise<void> {
    const upload = uploads.get(id);
    if (upload === undefined) {
      request.resume();
      response.writeHead(410).end();
      return;
    }
    const before = upload.turn;
    const answered = before.then(() => receiveInTurn(request, response, id, upload));
    upload.turn = answered.catch(() => {});
    return answered;
  }

  async function receiveInTurn(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    id: string,
    upload: Upload,
  ): Promise<void> {
    const [, from] = /^bytes (\d+)-/.exec(request.headers['content-range'] ?? '') ?? [];
    if (from !== undefined && Number(from) === upload.arrived.length) {
      const limit = face.cutAfter;
      face.cutAfter = undefined;
      upload.arrived = Buffer.concat([upload.arrived, await whatArrives(request, limit)]);
      if (upload.arrived.length < upload.size)
        upload.arrived = upload.arrived.subarray(0, upload.arrived.length - (upload.arrived.length % GRAIN));
      if (limit !== undefined) {
        request.socket.destroy();
        return;
      }
    } else request.resume();
    if (upload.arrived.length === upload.size) {
      uploads.delete(id);
      response.end(JSON.stringify(put(upload.name, upload.arrived)));
      return;
    }
    const range = upload.arrived.length === 0 ? {} : { range: `bytes=0-${upload.arrived.length - 1}` };
    response.writeHead(308, range).end();
  }
  return face;
}

const readBody = (request: http.IncomingMessage): Promise<Buffer> => whatArrives(request, undefined);

/** All bytes, those before the limit, or those before the connection ended. */
async function whatArrives(request: http.IncomingMessage, limit: number | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (limit !== undefined && length >= limit) break;
    }
  } catch {
    // As the service, it keeps what has come.
  }
  return Buffer.concat(chunks);
}

function parseMultipart(body: Buffer, type: string): { name: string; md5Hash: string; bytes: Buffer } {
  const boundary = `--${/boundary=(.*)$/.exec(type)?.[1]}`;
  const headEnd = body.indexOf('\r\n\r\n') + 4;
  const second = body.indexOf(boundary, headEnd);
  const bytesFrom = body.indexOf('\r\n\r\n', second) + 4;
  const bytes = body.subarray(bytesFrom, body.lastIndexOf(`\r\n${boundary}--`));
  return { ...(JSON.parse(body.subarray(headEnd, second).toString()) as { name: string; md5Hash: string }), bytes };
}
