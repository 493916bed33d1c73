import assert from 'node:assert/strict';
import type { OpContext } from '../../src/engine/core/op-context.ts';
import { md5 } from '../../src/engine/platform/digest.ts';
import { openBackend } from '../../src/engine/remote/registry.ts';
import { fromBuffer } from '../../src/engine/remote/streams.ts';
import type { Repo } from '../../src/engine/repo.ts';
import { cloudStatus } from '../../src/engine/verbs/cloud-status.ts';
import { dataStatus } from '../../src/engine/verbs/data-status.ts';
import { fetch } from '../../src/engine/verbs/fetch.ts';
import { gc } from '../../src/engine/verbs/gc.ts';
import { get } from '../../src/engine/verbs/get.ts';
import { getUrl } from '../../src/engine/verbs/get-url.ts';
import { importFrom } from '../../src/engine/verbs/import.ts';
import { importUrl } from '../../src/engine/verbs/import-url.ts';
import { push } from '../../src/engine/verbs/push.ts';
import { update } from '../../src/engine/verbs/update.ts';
import { type EngineRepo, makeEngineRepo, useEngineSandbox } from '../support/engine-repo.ts';
import { type FaultyHttp, startFaultyHttp } from '../support/servers/faulty-http.ts';
import { startOrSkip } from '../support/servers/server.ts';
import { type S3Server, startVersitygw } from '../support/servers/versitygw.ts';

const { signal } = new AbortController();
const OUTPUTS = 100;
const FILES = 6;
/** ms for a second request to come; all that is sent before the first one of many waits so long. */
const COMPANY = 500;

describe('requests to a remote', function () {
  this.timeout(60_000);
  const sandbox = useEngineSandbox('requests');
  let server: S3Server;
  let http: FaultyHttp;
  let repo: EngineRepo;
  let folders = 0;

  const delay = process.env['LODE_REMOTE_DELAY'];
  before(async function () {
    process.env['LODE_REMOTE_DELAY'] = '5';
    server = await startOrSkip(this, startVersitygw);
    http = await startFaultyHttp(server.port);
  });
  after(async () => {
    if (delay === undefined) delete process.env['LODE_REMOTE_DELAY'];
    else process.env['LODE_REMOTE_DELAY'] = delay;
    await Promise.all([server?.stop(), http?.stop()]);
  });
  beforeEach(async () => {
    repo = await makeEngineRepo(sandbox());
    configure(repo, `requests-${++folders}`);
    forget();
  });

  const options = () => ({
    endpointurl: http.url,
    access_key_id: server.accessKey,
    secret_access_key: server.secretKey,
  });
  const configure = (at: EngineRepo, folder: string, more: Record<string, string> = {}): void => {
    const lines = Object.entries({ url: `s3://${server.bucket}/${folder}`, ...options(), ...more }).map(
      ([key, value]) => `    ${key} = ${value}\n`,
    );
    at.write('.dvc/config.local', `[core]\n    remote = r\n['remote "r"']\n${lines.join('')}`);
  };
  const forget = (): void => {
    http.seen.length = 0;
    http.busiest = 0;
    http.company = 0;
  };

  it('are few where many outputs are compared with it', async () => {
    repo.write('f', 'f').write('g', 'g').write('d/a', 'a').write('d/b', 'b');
    await repo.add('f', 'g', 'd');
    await repo.open((open, ctx) => push(open, { targets: ['f', 'd'] }, ctx));
    const lost = Array.from({ length: OUTPUTS }, (_, i) => `lost${i}`);
    for (const name of lost)
      repo.write(`${name}.dvc`, `outs:\n- md5: ${md5(Buffer.from(name))}\n  size: 5\n  hash: md5\n  path: ${name}\n`);
    const [, object = ''] = /md5: (\w+)/.exec(repo.read('f.dvc')) ?? [];
    repo.remove(`.dvc/cache/files/md5/${object.slice(0, 2)}/${object.slice(2)}`);
    forget();
    const compared = await repo.open((open, ctx) => cloudStatus(open, {}, ctx));
    const words = { ...Object.fromEntries(lost.map((name) => [name, 'missing'])), f: 'deleted', g: 'new' };
    assert.deepEqual(Object.fromEntries(compared), words);
    assert.ok(http.seen.length <= 4, http.seen.join('\n'));
    forget();
    const { notInRemote } = await repo.open((open, ctx) =>
      dataStatus(open, { notInRemote: true, granular: true }, ctx),
    );
    assert.deepEqual([...notInRemote].sort(), ['g', ...lost].sort());
    assert.ok(http.seen.length <= 4, http.seen.join('\n'));
  });

  it('are repeated for data that is brought from a URL', async () => {
    const store = await openBackend(`s3://${server.bucket}/requests-${folders}/plain`, options());
    for (const name of ['a', 'b']) await store.write(`data/${name}`, fromBuffer(Buffer.from(name)), { signal });
    let cuts = 0;
    http.choose = ({ method, url = '' }) => {
      if (method !== 'GET' || !url.endsWith('/data/b') || cuts >= 2) return undefined;
      cuts++;
      return 'cut';
    };
    await repo.open((open, ctx) => importUrl(open, { url: 'remote://r/plain/data' }, ctx));
    assert.equal(repo.read('data/b'), 'b');
    assert.equal(cuts, 2);
  });

  it('are at most so many at once as `jobs` says, whichever verb sends them', async () => {
    const names = Array.from({ length: FILES }, (_, i) => `f${i}`);
    const other = await makeEngineRepo(sandbox(), 'other');
    configure(other, `requests-${folders}/other`);
    const store = await openBackend(`s3://${server.bucket}/requests-${folders}/plain`, options());
    for (const name of names) {
      repo.write(name, `content of ${name}`);
      other.write(`data/${name}`, `other ${name}`);
      await store.write(`data/${name}`, fromBuffer(Buffer.from(`plain ${name}`)), { signal });
    }
    await repo.add(...names);
    await other.add('data');
    await other.open((open, ctx) => push(open, {}, ctx));
    other.commitAll();
    const url = 'remote://r/plain/data';
    const verbs: Record<string, (jobs: { jobs?: number }) => (open: Repo, ctx: OpContext) => Promise<unknown>> = {
      push: (jobs) => (open, ctx) => push(open, { ...jobs, noIndex: true }, ctx),
      'status -c': (jobs) => (open, ctx) => cloudStatus(open, jobs, ctx),
      'gc --not-in-remote': (jobs) => (open, ctx) =>
        gc(open, { ...jobs, workspace: true, notInRemote: true, force: true }, ctx),
      fetch: (jobs) => async (open, ctx) => {
        repo.remove('.dvc/cache/files');
        await fetch(open, jobs, ctx);
      },
      'get-url': (jobs) => (_, ctx) => getUrl({ ...jobs, url, out: `got${++folders}` }, ctx),
      'import-url': (jobs) => (open, ctx) => importUrl(open, { ...jobs, url, out: `imported${++folders}` }, ctx),
      'import-url --to-remote': (jobs) => (open, ctx) =>
        importUrl(open, { ...jobs, url, out: `sent${++folders}`, toRemote: true }, ctx),
      update: (jobs) => async (open, ctx) => {
        await store.write('data/f0', fromBuffer(Buffer.from(`newer ${++folders}`)), { signal });
        forget();
        await update(open, { ...jobs, targets: [`imported${imported}`] }, ctx);
      },
      get: (jobs) => (_, ctx) => get({ ...jobs, url: other.root, path: 'data', out: `taken${++folders}` }, ctx),
      import: (jobs) => (open, ctx) =>
        importFrom(open, { ...jobs, url: other.root, path: 'data', out: `brought${++folders}` }, ctx),
    };
    let imported = 0;
    other.remove('.dvc/cache').remove('data');
    for (const [verb, run] of Object.entries(verbs))
      for (const jobs of [{}, { jobs: 1 }]) {
        forget();
        http.company = jobs.jobs === undefined ? COMPANY : 0;
        await repo.open(run(jobs));
        if (verb === 'import-url') imported = folders;
        if (verb === 'import') repo.remove('.dvc/cache/files');
        const most = http.busiest;
        if (jobs.jobs !== undefined) assert.equal(most, 1, verb);
        else assert.ok(most > 1, `${verb} sends one by one where nothing limits it`);
      }
  });
});
