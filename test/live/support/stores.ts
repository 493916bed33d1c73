import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { openBackend } from '../../../src/engine/remote/registry.ts';
import { fromBuffer } from '../../../src/engine/remote/streams.ts';
import type { Sandbox } from '../../support/sandbox.ts';
import { startAzurite } from '../../support/servers/azurite.ts';
import { startFakeGcsServer } from '../../support/servers/fake-gcs-server.ts';
import { startNginx, WEB_USER } from '../../support/servers/nginx.ts';
import { startRcloneWebdav } from '../../support/servers/rclone-webdav.ts';
import { startSshd } from '../../support/servers/sshd.ts';
import { startVersitygw } from '../../support/servers/versitygw.ts';

async function putThrough({ url, options }: Place, path: string, text: string): Promise<void> {
  const backend = await openBackend(url, options);
  try {
    await backend.write(path, fromBuffer(Buffer.from(text)), { signal: new AbortController().signal });
  } finally {
    await backend.close();
  }
}

function writeFile(file: string, text: string): void {
  fs.mkdirSync(dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
}

/** Where both programs keep their data: the URL of an empty place, and options of the remote as `remote modify` takes them. */
export interface Place {
  readonly url: string;
  readonly options: Readonly<Record<string, string>>;
}

export interface Store {
  readonly name: string;
  /** What real DVC loads for it. */
  readonly modules: readonly string[];
  /** It can be asked for a version of an object: `versionedPlace` is there. */
  readonly hasVersions?: true;
  /** @param sandbox For keys and the like. */
  start(sandbox: Sandbox): Promise<{
    /** Another place for each name. */
    place(name: string): Place | Promise<Place>;
    /** Puts a file below a place, as somebody else would. */
    put(place: Place, path: string, text: string): Promise<unknown>;
    /** Another bucket, which keeps versions, where the server can. */
    versionedPlace?(name: string): Promise<Place>;
    /** Of both programs. */
    readonly env?: Readonly<Record<string, string>>;
    stop(): Promise<unknown>;
  }>;
}

export const STORES: readonly Store[] = [
  {
    name: 'a folder',
    modules: [],
    start: async (sandbox) => ({
      place: (name) => ({ url: sandbox.path(`remote ${name}`), options: {} }),
      put: async ({ url }, path, text) => writeFile(join(url, path), text),
      stop: async () => {},
    }),
  },
  {
    name: 'S3',
    hasVersions: true,
    modules: ['dvc_s3', 's3fs'],
    start: async () => {
      const { bucket, url, accessKey, secretKey, addBucket, keepVersions, stop } = await startVersitygw();
      const options = { endpointurl: url, access_key_id: accessKey, secret_access_key: secretKey };
      addBucket('versions');
      await keepVersions('versions');
      return {
        place: (name) => ({ url: `s3://${bucket}/a/${name}`, options }),
        put: putThrough,
        versionedPlace: async (name) => ({ url: `s3://versions/a/${name}`, options }),
        stop,
      };
    },
  },
  {
    name: 'Azure Blob Storage',
    hasVersions: true,
    modules: ['dvc_azure', 'adlfs'],
    start: async () => {
      const server = await startAzurite();
      await server.addContainer('container');
      const options = { connection_string: server.connectionString() };
      return {
        place: (name) => ({ url: `azure://container/a/${name}`, options }),
        put: putThrough,
        // The emulator keeps none: what is asked for and not there is recorded as little as real DVC does.
        versionedPlace: async (name) => ({ url: `azure://container/v/${name}`, options }),
        stop: server.stop,
      };
    },
  },
  {
    name: 'Google Cloud Storage',
    hasVersions: true,
    modules: [], // What it loads does not live through a fork.
    start: async () => {
      const server = await startFakeGcsServer();
      await server.addBucket('bucket');
      await server.addBucket('versions', { versions: true });
      const options = { endpointurl: server.url, allow_anonymous_login: 'true' };
      // DVC's library would ask Google over gRPC first, whatever the endpoint, and wait for a minute.
      const env = { GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT: 'false' };
      return {
        place: (name) => ({ url: `gs://bucket/a/${name}`, options }),
        put: putThrough,
        versionedPlace: async (name) => ({ url: `gs://versions/a/${name}`, options }),
        env,
        stop: server.stop,
      };
    },
  },
  {
    name: 'SSH',
    modules: ['dvc_ssh', 'sshfs'],
    start: async () => {
      const server = await startSshd();
      const options = { keyfile: join(server.place.home, '.ssh/id_ed25519') };
      const place = (name: string): Place => ({ url: server.urlOf(`${server.data}/a/${name}`), options });
      const put = async ({ url }: Place, path: string, text: string): Promise<void> =>
        writeFile(join(new URL(url).pathname, path), text);
      return { place, put, env: { HOME: server.place.home }, stop: server.stop };
    },
  },
  {
    name: 'WebDAV',
    modules: ['dvc_webdav', 'webdav4.fsspec'],
    start: async () => {
      const { davUrl, data, user, password, stop } = await startRcloneWebdav();
      const place = (name: string): Place => {
        fs.mkdirSync(join(data, name)); // DVC wants it to be there.
        return { url: `${davUrl}/${name}`, options: { user, password } };
      };
      const put = async ({ url }: Place, path: string, text: string): Promise<void> =>
        writeFile(join(data, new URL(url).pathname, path), text);
      return { place, put, stop };
    },
  },
  {
    name: 'HTTP',
    modules: ['dvc_http', 'aiohttp_retry'],
    start: async () => {
      const { url, data, stop } = await startNginx();
      const options = { method: 'PUT', auth: 'basic', ...WEB_USER };
      return {
        place: (name) => ({ url: `${url}/put/${name}`, options }),
        put: async (place, path, text) =>
          writeFile(join(data, new URL(place.url).pathname.slice('/put/'.length), path), text),
        stop,
      };
    },
  },
];
