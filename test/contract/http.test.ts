import { openStore } from '../../src/engine/remote/http.ts';
import { startNginx, WEB_USER, type WebServer } from '../support/servers/nginx.ts';
import { startOrSkip } from '../support/servers/server.ts';
import { backendContract } from './backend.contract.ts';

describe('HTTP', () => {
  let server: WebServer;
  let count = 0;
  before(async function () {
    server = await startOrSkip(this, () => startNginx());
  });
  after(() => server?.stop());

  const options = { method: 'PUT', auth: 'basic', ...WEB_USER };
  backendContract('HTTP', async () => openStore(`${server.url}/put/${++count}`, options));
});
