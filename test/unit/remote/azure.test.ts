import assert from 'node:assert/strict';
import { DvcError } from '../../../src/engine/core/errors.ts';
import { type AzureCall, type AzureFailure, azureError } from '../../../src/engine/remote/azure-failures.ts';
import { type AzureSurroundings, chooseLogin, parseAzureUrl } from '../../../src/engine/remote/azure-login.ts';
import type { RemoteOptions } from '../../../src/engine/remote/registry.ts';

const nothing: AzureSurroundings = { env: {}, azConfig: '' };
const AZ_CONFIG = '[cloud]\nname = AzureCloud\n[storage]\naccount = filed\nkey = filed-key\n[core]\naccount = no\n';

describe('parseAzureUrl', () => {
  const cases: readonly [url: string, expected: object][] = [
    ['azure://data', { container: 'data', prefix: '' }],
    ['azure://data/a/b/', { container: 'data', prefix: 'a/b/' }],
    [
      'abfs://data@acct.dfs.core.windows.net/a',
      { container: 'data', prefix: 'a/', account: 'acct', suffix: 'core.windows.net' },
    ],
    [
      'abfss://d-1@acct.dfs.core.chinacloudapi.cn',
      { container: 'd-1', prefix: '', account: 'acct', suffix: 'core.chinacloudapi.cn' },
    ],
  ];
  for (const [url, expected] of cases)
    it(`reads ${url}`, () => assert.deepEqual(parseAzureUrl(url, nothing), expected));

  it('takes the container from the environment where the URL has none', () => {
    const env = { AZURE_STORAGE_CONTAINER_NAME: 'elsewhere' };
    assert.equal(parseAzureUrl('azure://', { ...nothing, env }).container, 'elsewhere');
    assert.throws(
      () => parseAzureUrl('azure://', nothing),
      (error) => DvcError.is(error, 'config'),
    );
  });
});

describe('chooseLogin', () => {
  const place = { container: 'data', prefix: '' };
  const choose = (options: RemoteOptions, given: Partial<AzureSurroundings> = {}) =>
    chooseLogin(options, place, { ...nothing, ...given }, 'azure://data');
  const principal = { tenant_id: 't', client_id: 'c', client_secret: 's' };
  const cases: readonly [name: string, options: RemoteOptions, given: Partial<AzureSurroundings>, expected: object][] =
    [
      [
        'a connection string before all',
        { ...principal, account_name: 'a', connection_string: 'x' },
        {},
        { kind: 'connection-string', text: 'x' },
      ],
      [
        'a connection string of the environment',
        {},
        { env: { AZURE_STORAGE_CONNECTION_STRING: 'y' } },
        { kind: 'connection-string', text: 'y' },
      ],
      [
        'a service principal before a key',
        { ...principal, account_name: 'a', account_key: 'k' },
        {},
        { kind: 'service-principal', account: 'a', tenant: 't', client: 'c', secret: 's' },
      ],
      [
        'a key before a SAS token',
        { account_name: 'a', account_key: 'k', sas_token: '?sv=1' },
        {},
        { kind: 'account-key', account: 'a', key: 'k' },
      ],
      [
        'a SAS token without its question mark',
        { account_name: 'a', sas_token: '?sv=1' },
        {},
        { kind: 'sas', account: 'a', token: 'sv=1' },
      ],
      [
        'the environment’s account and key',
        {},
        { env: { AZURE_STORAGE_ACCOUNT: 'e', AZURE_STORAGE_KEY: 'ek' }, azConfig: AZ_CONFIG },
        { kind: 'account-key', account: 'e', key: 'ek' },
      ],
      [
        'what the az program was told',
        {},
        { azConfig: AZ_CONFIG },
        { kind: 'account-key', account: 'filed', key: 'filed-key' },
      ],
      [
        'nobody, where the remote says so',
        { account_name: 'a', allow_anonymous_login: 'True' },
        { azConfig: AZ_CONFIG },
        { kind: 'anonymous', account: 'a' },
      ],
      [
        'the chain, without what is excluded',
        { account_name: 'a', exclude_managed_identity_credential: 'true', exclude_environment_credential: 'false' },
        {},
        { kind: 'default', account: 'a', exclude: new Set(['managed_identity']) },
      ],
    ];
  for (const [name, options, given, expected] of cases)
    it(`takes ${name}`, () => assert.deepEqual(choose(options, given), expected));

  it('takes the account of the URL', () => {
    const login = chooseLogin({ account_key: 'k' }, { ...place, account: 'u' }, nothing, 'abfs://data@u');
    assert.deepEqual(login, { kind: 'account-key', account: 'u', key: 'k' });
  });

  it('says what is missing where no account is named', () =>
    assert.throws(
      () => choose({}),
      (error) => DvcError.is(error, 'remote-failed') && /which Azure account/.test(error.message),
    ));
});

describe('failures of Azure', () => {
  const base: Omit<AzureCall, 'login'> = {
    url: 'azure://data',
    host: 'acct.blob.core.windows.net',
    account: 'acct',
    container: 'data',
    step: 'read',
    key: 'k',
  };
  const sas = { kind: 'sas', account: 'acct', token: 'sv=1&se=2020-01-01T00:00:00Z&sig=secret' } as const;
  const key = { kind: 'account-key', account: 'acct', key: 'secret' } as const;
  const chain = { kind: 'default', account: 'acct', exclude: new Set<never>() } as const;
  const failed = (code: string) => Object.assign(new Error(`request failed: ${code}`), { code });
  const cases: readonly [
    name: string,
    error: unknown,
    failure: Partial<AzureFailure>,
    login: AzureCall['login'],
    step: string,
    why: string,
  ][] = [
    ['a wrong key', 0, { statusCode: 403, errorCode: 'AuthenticationFailed' }, key, 'identity', 'wrong-credentials'],
    [
      'an old SAS token',
      0,
      { statusCode: 403, errorCode: 'AuthenticationFailed' },
      sas,
      'identity',
      'expired-credentials',
    ],
    [
      'a date that is off, as the service says it',
      0,
      { statusCode: 403, errorCode: 'AuthenticationFailed', detail: 'Request date header too old: Fri' },
      key,
      'identity',
      'clock-skew',
    ],
    ['a missing role', 0, { statusCode: 403, errorCode: 'AuthorizationPermissionMismatch' }, chain, 'read', 'denied'],
    ['a firewall', 0, { statusCode: 403, errorCode: 'AuthorizationFailure' }, chain, 'read', 'denied'],
    ['no credentials at all', 0, { name: 'AggregateAuthenticationError' }, chain, 'identity', 'no-credentials'],
    [
      'an expired secret',
      0,
      { name: 'AuthenticationError', message: 'AADSTS7000222: The secret is expired' },
      chain,
      'identity',
      'expired-credentials',
    ],
    [
      'a wrong secret',
      0,
      { name: 'AuthenticationError', message: 'AADSTS7000215: Invalid secret' },
      chain,
      'identity',
      'wrong-credentials',
    ],
    [
      'a public container that is none',
      0,
      { statusCode: 409, errorCode: 'PublicAccessNotPermitted' },
      { kind: 'anonymous', account: 'acct' },
      'identity',
      'no-credentials',
    ],
    ['an unknown account', failed('ENOTFOUND'), {}, key, 'name', 'unknown-host'],
    ['an untrusted certificate', failed('SELF_SIGNED_CERT_IN_CHAIN'), {}, key, 'tls', 'untrusted-certificate'],
    ['a reset', failed('ECONNRESET'), {}, key, 'read', 'cut'],
    ['a bad name', 0, { statusCode: 400, errorCode: 'OutOfRangeInput' }, key, 'bucket', 'no-bucket'],
  ];
  for (const [name, error, failure, login, step, why] of cases)
    it(`are explained: ${name}`, () => {
      const found = azureError(error, { message: '', ...failure }, { ...base, login });
      assert.ok(DvcError.is(found, 'remote-failed'), String(found));
      assert.deepEqual([found.data['step'], found.data['why']], [step, why]);
      assert.ok(found.hint !== undefined && !/sig=secret/.test(found.message + found.data['evidence']));
    });

  it('keep a missing object and a changed one apart', () => {
    const of = (statusCode: number, errorCode: string) =>
      azureError(0, { message: '', statusCode, errorCode }, { ...base, login: key });
    assert.ok(DvcError.is(of(404, 'BlobNotFound'), 'object-missing'));
    assert.ok(DvcError.is(of(412, 'ConditionNotMet'), 'remote-changed'));
  });
});
