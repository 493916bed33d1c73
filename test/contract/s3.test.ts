import type { Backend } from '../../src/engine/remote/backend.ts';
import { openBackend, type RemoteOptions } from '../../src/engine/remote/registry.ts';
import { type FaultyHttp, startFaultyHttp } from '../support/servers/faulty-http.ts';
import { startOrSkip } from '../support/servers/server.ts';
import { type S3Server, startVersitygw } from '../support/servers/versitygw.ts';
import { backendContract } from './backend.contract.ts';
import { faultContract } from './faults.contract.ts';

describe('S3', function () {
  this.timeout(60_000);
  let server: S3Server;
  let http: FaultyHttp;
  let names = 0;
  const optionsAt = (port: number): RemoteOptions => ({
    endpointurl: `http://127.0.0.1:${port}`,
    access_key_id: server.accessKey,
    secret_access_key: server.secretKey,
  });
  const openWith = (more: RemoteOptions = {}, folder = `store-${++names}`): Promise<Backend> =>
    openBackend(`s3://${server.bucket}/some path/${folder}`, { ...optionsAt(server.port), ...more });
  before(async function () {
    server = await startOrSkip(this, startVersitygw);
    http = await startFaultyHttp(server.port);
  });
  after(() => Promise.all([server?.stop(), http?.stop()]));
  afterEach(() => {
    http.choose = undefined;
    http.seen.length = 0;
  });

  backendContract('S3', () => openWith(), { pages: true });

  faultContract('S3', {
    port: () => server.port,
    openAt: (port, name) => openWith(optionsAt(port), name),
    http: true,
    busy: {
      status: 503,
      body: '<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>',
    },
    secrets: () => [server.secretKey, 'of-somebody-else'],
    unusable: {
      'a wrong secret key': {
        open: () => openWith({ secret_access_key: 'of-somebody-else' }),
        why: 'wrong-credentials',
        says: /does not accept the secret key/,
      },
      'an unknown access key': {
        open: () => openWith({ access_key_id: 'AKIANOBODYKNOWS' }),
        why: 'wrong-credentials',
        says: /does not know the access key/,
      },
      'a bucket that is not there': {
        open: () => openBackend('s3://not-there/x', optionsAt(server.port)),
        why: 'no-bucket',
        says: /There is no bucket 'not-there'/,
      },
      'a bucket that is not open to the public': {
        open: () => openWith({ allow_anonymous_login: 'true' }),
        why: 'no-credentials',
        says: /is not open to the public/,
      },
    },
  });
});
