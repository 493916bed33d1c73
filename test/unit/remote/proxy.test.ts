import assert from 'node:assert/strict';
import { proxyFor } from '../../../src/engine/remote/proxy.ts';

describe('proxyFor', () => {
  const cases: readonly [url: string, env: Record<string, string>, expected: string | undefined][] = [
    ['https://a.example.com', {}, undefined],
    ['https://a.example.com', { HTTPS_PROXY: 'http://p:3128' }, 'p:3128'],
    ['https://a.example.com', { https_proxy: 'p:3128' }, 'p:3128'],
    ['http://a.example.com', { HTTPS_PROXY: 'http://p:3128' }, undefined],
    ['http://a.example.com', { ALL_PROXY: 'http://p:3128' }, 'p:3128'],
    ['https://a.example.com', { HTTPS_PROXY: 'http://p:3128', NO_PROXY: 'x.org, .example.com' }, undefined],
    ['https://a.example.com', { HTTPS_PROXY: 'http://p:3128', no_proxy: 'ample.com' }, 'p:3128'],
    ['https://a.example.com:8443', { HTTPS_PROXY: 'http://p:3128', NO_PROXY: 'a.example.com:443' }, 'p:3128'],
    ['https://a.example.com', { HTTPS_PROXY: 'http://p:3128', NO_PROXY: '*' }, undefined],
  ];
  for (const [url, env, expected] of cases)
    it(`finds ${expected ?? 'none'} for ${url} in ${JSON.stringify(env)}`, () =>
      assert.equal(proxyFor(new URL(url), env)?.host, expected));
});
