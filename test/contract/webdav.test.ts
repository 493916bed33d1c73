import * as fs from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../src/engine/remote/webdav.ts';
import { startNginx, WEB_USER, type WebServer } from '../support/servers/nginx.ts';
import { type DavServer, startRcloneWebdav } from '../support/servers/rclone-webdav.ts';
import { startOrSkip } from '../support/servers/server.ts';
import { backendContract } from './backend.contract.ts';

describe('WebDAV', () => {
  let rclone: DavServer;
  let nginx: WebServer;
  let count = 0;
  before(async function () {
    rclone = await startOrSkip(this, () => startRcloneWebdav());
    nginx = await startOrSkip(this, () => startNginx());
  });
  after(() => Promise.all([rclone?.stop(), nginx?.stop()]));

  const openRclone = async () => {
    const { user, password } = rclone;
    return openStore(`${rclone.davUrl}/${++count}`, { user, password });
  };
  backendContract('WebDAV (rclone)', openRclone);
  backendContract('WebDAV (nginx)', async () => {
    fs.mkdirSync(join(nginx.dav, String(++count)));
    return openStore(`${nginx.url.replace('http', 'webdav')}/dav/${count}`, WEB_USER);
  });
});
