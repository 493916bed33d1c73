import assert from 'node:assert/strict';
import { DvcError } from '../../../src/engine/core/errors.ts';
import { type GcsCall, type GcsRefusal, gcsBroke, gcsRefused } from '../../../src/engine/remote/gcs-failures.ts';

describe('failures of Google Cloud Storage', () => {
  const base: GcsCall = {
    url: 'gs://data',
    host: 'storage.googleapis.com',
    bucket: 'data',
    login: { kind: 'default' },
    who: 'me@example.com of the default credentials',
    step: 'write',
    key: 'k',
  };
  const check = (found: unknown, step: string, why: string) => {
    assert.ok(DvcError.is(found, 'remote-failed'), String(found));
    assert.deepEqual([found.data['step'], found.data['why']], [step, why]);
    assert.ok(found.hint);
  };
  const refusals: readonly [GcsRefusal, Partial<GcsCall>, step: string, why: string][] = [
    [{ status: 401, message: 'Invalid Credentials' }, {}, 'identity', 'wrong-credentials'],
    [{ status: 401, message: 'Anonymous caller' }, { who: undefined }, 'identity', 'no-credentials'],
    [{ status: 403, message: 'no access', reason: 'forbidden' }, {}, 'write', 'denied'],
    [{ status: 403, message: 'slow down', reason: 'rateLimitExceeded' }, {}, 'write', 'throttled'],
    [{ status: 429, message: '', retryAfter: 2000 }, {}, 'write', 'throttled'],
    [{ status: 404, message: 'Not Found' }, {}, 'bucket', 'no-bucket'],
    [{ status: 404, message: 'The specified bucket does not exist.' }, { step: 'read' }, 'bucket', 'no-bucket'],
    [{ status: 503, message: '' }, {}, 'write', 'server'],
    [{ status: 400, message: 'Invalid bucket name: x' }, {}, 'bucket', 'no-bucket'],
    [{ status: 407, message: '' }, {}, 'connect', 'proxy'],
  ];
  for (const [refusal, call, step, why] of refusals)
    it(`explains ${refusal.status} ${refusal.message}`, () =>
      check(gcsRefused(refusal, { ...base, ...call }), step, why));

  it('takes a bucket’s name in an object’s for what it is', () => {
    const found = gcsRefused({ status: 404, message: 'No such object: my-bucket/k' }, { ...base, step: 'read' });
    assert.ok(DvcError.is(found, 'object-missing'));
  });

  const token = (error: string, error_description: string) =>
    Object.assign(new Error(error), { response: { data: { error, error_description } } });
  const broken: readonly [name: string, error: Error, why: string][] = [
    [
      'a login that was taken back',
      token('invalid_grant', 'Token has been expired or revoked.'),
      'expired-credentials',
    ],
    ['a key that was deleted', token('invalid_grant', 'Invalid JWT Signature.'), 'wrong-credentials'],
    [
      'a clock that is wrong',
      token(
        'invalid_grant',
        'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.',
      ),
      'clock-skew',
    ],
    ['no network', Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }), 'unknown-host'],
  ];
  for (const [name, error, why] of broken)
    it(`explains ${name}`, () => {
      const found = gcsBroke(error, base);
      assert.ok(DvcError.is(found, 'remote-failed') && found.data['why'] === why, String(found));
    });
});
