import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Certificate } from './certificates.ts';
import { programOnPath } from './programs.ts';
import { answersHttp, answersTcp, type Server, startServer } from './server.ts';

export interface DavServer extends Server {
  /** `webdav://127.0.0.1:PORT`, or `webdavs://localhost:PORT`. */
  readonly davUrl: string;
  readonly user: string;
  readonly password: string;
  /** The folder that it serves. */
  readonly data: string;
}

/** rclone as a WebDAV server. */
export async function startRcloneWebdav({ tls }: { readonly tls?: Certificate } = {}): Promise<DavServer> {
  const program = programOnPath('rclone', 'rclone');
  const [user, password] = ['me', 'p w:%40'];
  const server = await startServer({
    name: 'rclone-webdav',
    command: ({ port, folder }) => {
      const data = join(folder, 'data');
      fs.mkdirSync(data, { recursive: true });
      return {
        program,
        args: [
          ...['serve', 'webdav', data, '--addr', `127.0.0.1:${port}`, '--user', user, '--pass', password],
          ...['--config', join(folder, 'rclone.conf'), '--dir-cache-time', '0s'],
          ...(tls ? ['--cert', tls.certificate, '--key', tls.key] : []),
        ],
      };
    },
    ready: ({ port }) => (tls ? answersTcp(port) : answersHttp(`http://127.0.0.1:${port}/`)),
  });
  return {
    ...server,
    davUrl: tls ? `webdavs://localhost:${server.port}` : `webdav://127.0.0.1:${server.port}`,
    user,
    password,
    data: join(server.folder, 'data'),
  };
}
