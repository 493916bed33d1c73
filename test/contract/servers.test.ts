import assert from 'node:assert/strict';
import { everyNth, type FaultyHttp, startFaultyHttp } from '../support/servers/faulty-http.ts';
import { startOrSkip } from '../support/servers/server.ts';
import { type FaultProxyServer, startToxiproxy } from '../support/servers/toxiproxy.ts';
import { type S3Server, startVersitygw } from '../support/servers/versitygw.ts';

/** Status of a plain GET, or the failure's code. */
async function ask(url: string, patience = 5000): Promise<number | string> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(patience) });
    await answer.arrayBuffer();
    return answer.status;
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

describe('servers of the tests', () => {
  let s3: S3Server;
  let toxiproxy: FaultProxyServer;
  let http: FaultyHttp;
  before(async function () {
    [s3, toxiproxy] = await startOrSkip(this, () => Promise.all([startVersitygw(), startToxiproxy()]));
    http = await startFaultyHttp(s3.port);
  });
  after(async () => {
    await Promise.all([s3?.stop(), toxiproxy?.stop(), http?.stop()]);
  });

  it('go on over the same data after a restart', async () => {
    await s3.restart();
    assert.equal(await ask(`${s3.url}/health`), 200);
    assert.equal(await ask(`${s3.url}/${s3.bucket}`), 403);
  });

  it('keep silent while they are paused', async () => {
    await s3.pause();
    assert.equal(await ask(`${s3.url}/health`, 200), 'TimeoutError');
    s3.resume();
    assert.equal(await ask(`${s3.url}/health`), 200);
  });

  it('are cut, reset, refused and healed by the fault proxy', async () => {
    const proxy = await toxiproxy.inFrontOf(s3.port);
    const url = `${proxy.url}/health`;
    assert.equal(await ask(url), 200);
    const faults = [() => proxy.reset(), () => proxy.cutAfter(10, 'down'), () => proxy.down()];
    for (const fault of faults) {
      await fault();
      assert.equal(await ask(url), 'TypeError', String(fault));
      await proxy.heal();
      assert.equal(await ask(url), 200, String(fault));
    }
    await proxy.stall();
    assert.equal(await ask(url, 200), 'TimeoutError');
    await proxy.heal();
    assert.equal(await ask(url), 200);
  });

  it('fail single requests behind the proxy that knows HTTP', async () => {
    http.choose = everyNth(3, 503);
    const url = `${http.url}/health`;
    const answers = [await ask(url), await ask(url), await ask(url), await ask(url)];
    assert.deepEqual(answers, [200, 200, 503, 200]);
    http.choose = () => 'cut';
    assert.equal(await ask(url), 'TypeError');
    http.choose = undefined;
    assert.equal(await ask(url), 200);
    assert.equal(http.seen.length, 6);
  });
});
