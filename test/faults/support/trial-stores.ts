import * as fs from 'node:fs';
import { join } from 'node:path';
import { startAzurite } from '../../support/servers/azurite.ts';
import { startNginx, WEB_USER } from '../../support/servers/nginx.ts';
import { startRcloneWebdav } from '../../support/servers/rclone-webdav.ts';
import { startSshd } from '../../support/servers/sshd.ts';
import { startStrictGcs } from '../../support/servers/strict-gcs.ts';
import { startVersitygw } from '../../support/servers/versitygw.ts';

/** A server, and a remote whose requests go through a port in front of it. */
export interface TrialStore {
  /** On the loopback interface. */
  readonly port: number;
  /** Each trial has a folder of its own. */
  remote(port: number, folder: string): { readonly url: string; readonly options: Readonly<Record<string, string>> };
  /** Texts that may be in no output and in no file but the one they were put in. */
  readonly secrets: readonly string[];
  /** Bytes of the one large file: more than three parts, where the store has parts. */
  readonly large: number;
  /** What one cut of a push may cost, in bytes: what was on its way. All of the file, where a write begins anew. */
  readonly perCut: number;
  /** Puts what the store's client looks for into the home folder. */
  prepare?(home: string, port: number): void;
  stop(): Promise<void>;
}

const MIB = 1 << 20;
/** What sockets hold, and the requests themselves. */
const ON_THE_WAY = 4 * MIB;
/** Transfers, and parts of one file, at once. */
export const JOBS = 2;

export const TRIAL_STORES: Readonly<Record<string, (scratch: string) => Promise<TrialStore>>> = {
  S3: async () => {
    const server = await startVersitygw();
    return {
      ...server,
      secrets: [server.secretKey],
      large: 16_000_000,
      perCut: JOBS * 5 * MIB,
      remote: (port, folder) => ({
        url: `s3://${server.bucket}/${folder}`,
        options: {
          endpointurl: `http://127.0.0.1:${port}`,
          access_key_id: server.accessKey,
          secret_access_key: server.secretKey,
        },
      }),
    };
  },

  Azure: async () => {
    const server = await startAzurite();
    await server.addContainer('trials');
    return {
      ...server,
      secrets: [server.accountKey],
      large: 16_000_000,
      perCut: JOBS * 4 * MIB,
      remote: (port, folder) => ({
        url: `azure://trials/${folder}`,
        options: { connection_string: server.connectionString(`http://127.0.0.1:${port}`) },
      }),
    };
  },

  'Google Cloud Storage': async (scratch) => {
    const server = await startStrictGcs('trials');
    const credentialpath = server.keyFile(join(scratch, 'gcs-key.json'));
    return {
      port: Number(new URL(server.url).port),
      secrets: [server.token],
      large: 10_000_000,
      perCut: ON_THE_WAY,
      remote: (port, folder) => ({
        url: `gs://trials/${folder}`,
        options: { endpointurl: `http://127.0.0.1:${port}`, credentialpath },
      }),
      stop: () => server.stop(),
    };
  },

  SSH: async () => {
    const server = await startSshd();
    return {
      ...server,
      secrets: [],
      large: 10_000_000,
      perCut: ON_THE_WAY,
      prepare(home, port) {
        fs.mkdirSync(join(home, '.ssh'), { recursive: true });
        fs.writeFileSync(join(home, '.ssh/known_hosts'), server.knownAt(port));
      },
      remote: (port, folder) => ({
        url: `ssh://${server.user}@127.0.0.1:${port}${server.data}/${folder}`,
        options: { keyfile: join(server.place.home, '.ssh/id_ed25519'), allow_agent: 'false' },
      }),
    };
  },

  WebDAV: async () => {
    const server = await startRcloneWebdav();
    return {
      ...server,
      secrets: [server.password],
      large: 3_000_000,
      perCut: 3_000_000,
      remote: (port, folder) => ({
        url: `webdav://127.0.0.1:${port}/${folder}`,
        options: { user: server.user, password: server.password },
      }),
    };
  },

  HTTP: async () => {
    const server = await startNginx();
    return {
      ...server,
      secrets: [WEB_USER.password],
      large: 3_000_000,
      perCut: 3_000_000,
      remote: (port, folder) => ({
        url: `http://127.0.0.1:${port}/put/${folder}`,
        options: { ...WEB_USER, auth: 'basic', method: 'PUT' },
      }),
    };
  },
};
