import { join } from 'node:path';
import { startSshd } from '../support/servers/sshd.ts';
import { startVersitygw } from '../support/servers/versitygw.ts';

/** A store on this machine, as the programs that are compared are told of it. */
export interface BenchStore {
  /** For Lode and DVC. */
  urlOf(place: string): string;
  /** Options of such a remote, which go into the local configuration. */
  readonly options: Readonly<Record<string, string>>;
  /** Environment of every program. */
  readonly env: Readonly<Record<string, string>>;
  /** For rclone, where it is compared with. */
  rclonePlace(place: string): string;
  stop(): Promise<void>;
}

async function s3Store(): Promise<BenchStore> {
  const server = await startVersitygw();
  const { bucket, url, accessKey, secretKey } = server;
  return {
    urlOf: (place) => `s3://${bucket}/${place}`,
    options: { endpointurl: url, access_key_id: accessKey, secret_access_key: secretKey },
    env: {
      RCLONE_CONFIG_S_TYPE: 's3',
      RCLONE_CONFIG_S_PROVIDER: 'Other',
      RCLONE_CONFIG_S_ENDPOINT: url,
      RCLONE_CONFIG_S_ACCESS_KEY_ID: accessKey,
      RCLONE_CONFIG_S_SECRET_ACCESS_KEY: secretKey,
    },
    rclonePlace: (place) => `s:${bucket}/${place}`,
    stop: () => server.stop(),
  };
}

async function sshStore(): Promise<BenchStore> {
  const server = await startSshd();
  const { home } = server.place;
  const key = join(home, '.ssh/id_ed25519');
  return {
    urlOf: (place) => server.urlOf(`${server.data}/${place}`),
    options: { keyfile: key },
    env: {
      HOME: home, // Where the server is among the known hosts.
      RCLONE_CONFIG_S_TYPE: 'sftp',
      RCLONE_CONFIG_S_HOST: '127.0.0.1',
      RCLONE_CONFIG_S_PORT: String(server.port),
      RCLONE_CONFIG_S_USER: server.user,
      RCLONE_CONFIG_S_KEY_FILE: key,
    },
    rclonePlace: (place) => `s:${server.data}/${place}`,
    stop: () => server.stop(),
  };
}

export const STORES = { s3: s3Store, ssh: sshStore } as const;
