import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { encodePath, openSigner, queryText, type Unsigned } from '../../../src/engine/remote/s3-signature.ts';
import { runSeed, seededRandom } from '../../support/random.ts';

const EMPTY = createHash('sha256').digest('hex');

/** As Amazon's own library signs it. */
async function asTheLibrary(
  { method, path, headers }: Unsigned,
  query: Record<string, string>,
  keys: { accessKeyId: string; secretAccessKey: string; sessionToken?: string },
  region: string,
  now: Date,
): Promise<Record<string, string>> {
  const signer = new SignatureV4({
    ...{ service: 's3', uriEscapePath: false, applyChecksum: false, region, credentials: keys },
    sha256: class {
      readonly #hash;
      constructor(secret?: string | Uint8Array) {
        this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
      }
      update(data: string | Uint8Array): void {
        this.#hash.update(data);
      }
      async digest(): Promise<Uint8Array> {
        return this.#hash.digest();
      }
      reset(): void {}
    } as never, // What it asks for is less than what it is typed as.
  });
  const request = { protocol: 'https:', hostname: headers['host'] ?? '', method, path, query, headers: { ...headers } };
  return (await signer.sign(request, { signingDate: now })).headers;
}

describe('signatures of requests to S3', () => {
  it('are those of the example in Amazon’s documentation', () => {
    const keys = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
    const { authorization } = openSigner('us-east-1')(
      {
        method: 'GET',
        path: '/test.txt',
        query: '',
        headers: {
          host: 'examplebucket.s3.amazonaws.com',
          range: 'bytes=0-9',
          'x-amz-content-sha256': EMPTY,
        },
      },
      keys,
      new Date('2013-05-24T00:00:00.123Z'),
    );
    assert.equal(
      authorization,
      'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, ' +
        'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, ' +
        'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    );
  });

  it('are those of Amazon’s library, for odd keys, queries and headers', async () => {
    const random = seededRandom(runSeed());
    const odd = ['a b', 'a%20b', 'é', '日本 😀', '#?&=', "it's (1)!*", '~-._', 'ab/cd', '+', 'x'.repeat(70)];
    for (const region of ['us-east-1', 'eu-central-1']) {
      const sign = openSigner(region);
      for (let i = 0; i < 60; i++) {
        const keys = {
          accessKeyId: random.pick(['AKIA1', 'ASIA2']),
          secretAccessKey: random.pick(['one secret', 'another/secret+']),
          ...(random.next() < 0.5 ? { sessionToken: 'token//==' } : {}),
        };
        const query: Record<string, string> = {};
        for (const name of ['uploadId', 'partNumber', 'list-type', 'prefix', 'continuation-token', 'encoding-type'])
          if (random.next() < 0.4) query[name] = random.pick(odd);
        const request: Unsigned = {
          method: random.pick(['GET', 'PUT', 'HEAD', 'DELETE']),
          path: `/bucket/${encodePath(`${random.pick(odd)}/${random.pick(odd)}`)}`,
          query: queryText(query),
          headers: {
            host: 'localhost:9000',
            'x-amz-content-sha256': random.pick([EMPTY, 'UNSIGNED-PAYLOAD']),
            ...(random.next() < 0.5 ? { 'content-md5': 'YWJj', 'content-length': '3' } : {}),
            ...(random.next() < 0.5 ? { 'x-amz-acl': ' private   read ' } : {}),
            ...(random.next() < 0.5 ? { 'if-match': '"abc"', range: 'bytes=5-' } : {}),
          },
        };
        const now = new Date(Date.UTC(2024, 1, 28 + random.int(4), 23, 59, 59, 7));
        const expected = await asTheLibrary(request, query, keys, region, now);
        const found = sign(request, keys, now);
        assert.deepEqual(found, expected, JSON.stringify(request));
      }
    }
  });
});
