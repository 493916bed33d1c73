import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Certificate } from './certificates.ts';
import { programOnPath } from './programs.ts';
import { answersTcp, freePort, type Server, startServer } from './server.ts';

export interface WebServer extends Server {
  /** `https://localhost:PORT`, where it has a certificate. */
  readonly secureUrl: string;
  /** The folder behind `/put/`, `/ro/` and the other places. */
  readonly data: string;
  /** The folder behind `/dav/`. */
  readonly dav: string;
}

export const WEB_USER = { user: 'me', password: 'p:w %40' } as const;
export const WEB_TOKEN = { header: 'X-Token', value: 'tok-123' } as const;

/**
 * nginx with a place for each way a web server may be: `/ro/` (read-only), `/put/` (uploads with a login), `/open/` (uploads without one),
 * `/token/`, `/redir/`, `/loop/`, `/elsewhere/` (another origin), `/plain/` (from https to http), `/norange/`, `/nohead/`, `/page/` (a page for every
 * name), `/login/` (sent to a login page), `/limited/` (429), `/full/` (507), `/small/` (413), `/reset/`, `/dav/` (WebDAV with a login).
 */
export async function startNginx({ tls }: { readonly tls?: Certificate } = {}): Promise<WebServer> {
  const program = programOnPath('nginx', 'nginx-extras');
  const [secure, other] = [await freePort(), await freePort()];
  const server = await startServer({
    name: 'nginx',
    command: ({ port, folder }) => {
      for (const part of ['data', 'dav', 'temp']) fs.mkdirSync(join(folder, part), { recursive: true });
      const salt = Buffer.from('salt');
      const hash = createHash('sha1').update(WEB_USER.password).update(salt).digest();
      fs.writeFileSync(
        join(folder, 'users'),
        `${WEB_USER.user}:{SSHA}${Buffer.concat([hash, salt]).toString('base64')}\n`,
      );
      fs.writeFileSync(join(folder, 'nginx.conf'), settings({ folder, port, secure, other, tls }));
      return { program, args: ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'nginx.log')] };
    },
    ready: ({ port }) => answersTcp(port),
  });
  return {
    ...server,
    secureUrl: `https://localhost:${secure}`,
    data: join(server.folder, 'data'),
    dav: join(server.folder, 'dav'),
  };
}

interface Places {
  readonly folder: string;
  readonly port: number;
  readonly secure: number;
  readonly other: number;
  readonly tls: Certificate | undefined;
}

const MODULES = '/usr/lib/nginx/modules';

function settings({ folder, port, secure, other, tls }: Places): string {
  const module = (name: string): string =>
    fs.existsSync(`${MODULES}/${name}`) ? `load_module ${MODULES}/${name};` : '';
  const login = `auth_basic lode; auth_basic_user_file ${folder}/users;`;
  const uploads = `alias ${folder}/data/; dav_methods PUT DELETE; create_full_put_path on;`;
  const files = `alias ${folder}/data/; limit_except GET { deny all; }`;
  return `
${module('ngx_http_dav_ext_module.so')}
${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off;
master_process off;
pid ${folder}/nginx.pid;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/temp/body;
  proxy_temp_path ${folder}/temp/proxy;
  fastcgi_temp_path ${folder}/temp/fastcgi;
  uwsgi_temp_path ${folder}/temp/uwsgi;
  scgi_temp_path ${folder}/temp/scgi;
  client_max_body_size 0;
  default_type application/octet-stream;
  server {
    listen 127.0.0.1:${port};
    ${tls ? `listen 127.0.0.1:${secure} ssl; ssl_certificate ${tls.certificate}; ssl_certificate_key ${tls.key};` : ''}
    location /ro/ { ${files} }
    location /open/ { ${uploads} }
    location /put/ { ${uploads} ${login} }
    location /token/ { if ($http_x_token != ${WEB_TOKEN.value}) { return 401; } ${uploads} }
    location /redir/ { rewrite ^/redir/(.*)$ /put/$1 redirect; }
    location /moved/ { rewrite ^/moved/(.*)$ /open/$1 redirect; }
    location /kept/ { return 307 /open$request_uri; }
    location /open/kept/ { rewrite ^/open/kept/(.*)$ /open/$1 last; }
    location /loop/ { return 302 $request_uri; }
    location /elsewhere/ { return 302 http://127.0.0.1:${other}$request_uri; }
    location /plain/ { return 302 http://127.0.0.1:${port}/ro/; }
    location /norange/ { ${files} max_ranges 0; }
    location /nohead/ { if ($request_method = HEAD) { return 405; } ${uploads} }
    location /page/ { default_type text/html; return 200 "<html><form>Sign in</form></html>"; }
    location /login/ { return 302 /page/signin; }
    location /limited/ { add_header Retry-After 7 always; return 429; }
    location /full/ { return 507; }
    location /small/ { client_max_body_size 1k; ${uploads} }
    location /reset/ { return 444; }
    location /secret/ { return 403; }
    location /dav/ {
      alias ${folder}/dav/;
      dav_methods PUT DELETE MKCOL COPY MOVE;
      dav_ext_methods PROPFIND OPTIONS;
      ${login}
    }
  }
  server {
    listen 127.0.0.1:${other};
    location / { add_header X-Seen "$http_authorization$http_x_token" always; return 200 "$http_authorization$http_x_token."; }
  }
}
`;
}
