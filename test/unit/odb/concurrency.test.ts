import assert from 'node:assert/strict';
import { ConcurrencyLimit } from '../../../src/engine/odb/concurrency.ts';

describe('how many transfers run at once', () => {
  /** A store that serves so many at once and no faster. */
  const run = (limit: ConcurrencyLimit, serves: number, spans: number): number => {
    for (let i = 0; i < spans; i++) limit.sample(Math.min(limit.now, serves) * 10, 0, 1000);
    return limit.now;
  };

  it('grows while that brings more, and not beyond what helps', () => {
    const now = run(new ConcurrencyLimit(4, 256), 40, 50);
    assert.ok(now >= 40 && now <= 80, String(now));
  });

  it('never passes what was asked for', () => assert.equal(run(new ConcurrencyLimit(3, 3), 40, 50), 3));

  it('shrinks where the store has become slower', () => {
    const limit = new ConcurrencyLimit(4, 64);
    const before = run(limit, 64, 20);
    limit.sample(limit.now, 0, 1000);
    assert.ok(limit.now < before);
  });

  it('halves when the store asks for less, once for all that were told together, and waits before it grows', () => {
    const limit = new ConcurrencyLimit(32, 64);
    for (let i = 0; i < 10; i++) limit.throttled();
    assert.equal(limit.now, 16);
    assert.equal(run(limit, 64, 5), 16);
    limit.throttled();
    assert.equal(limit.now, 8);
    assert.ok(run(limit, 64, 30) > 8);
    for (let i = 0; i < 9; i++) {
      limit.throttled();
      limit.sample(1, 1, 1000);
    }
    assert.equal(limit.now, 1);
  });
});
