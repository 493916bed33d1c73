import {
  AzureCliCredential,
  AzureDeveloperCliCredential,
  AzurePowerShellCredential,
  ChainedTokenCredential,
  ClientSecretCredential,
  EnvironmentCredential,
  ManagedIdentityCredential,
  WorkloadIdentityCredential,
} from '@azure/identity';
import type { AzureLogin } from './azure-login.ts';

/** The part of a credential that a client of the store uses. */
export interface TokenSource {
  getToken: ChainedTokenCredential['getToken'];
}

type TokenLogin = Extract<AzureLogin, { kind: 'service-principal' | 'default' }>;

/** What makes bearer tokens for a login. A bundle of its own: account keys and SAS tokens do without. */
export function openIdentity(login: TokenLogin): TokenSource {
  if (login.kind === 'service-principal')
    return new ClientSecretCredential(login.tenant, login.client, login.secret, { retryOptions: { maxRetries: 1 } });
  const { env } = process;
  const chain: TokenSource[] = [];
  if (!login.exclude.has('environment')) chain.push(new EnvironmentCredential());
  if (env['AZURE_FEDERATED_TOKEN_FILE'] && env['AZURE_CLIENT_ID'] && env['AZURE_TENANT_ID'])
    chain.push(new WorkloadIdentityCredential());
  chain.push(new AzureCliCredential(), new AzurePowerShellCredential(), new AzureDeveloperCliCredential());
  if (!login.exclude.has('managed_identity')) chain.push(managedIdentity(env['AZURE_CLIENT_ID']));
  return new ChainedTokenCredential(...chain);
}

/** Asks whether the machine has one before it waits for its answer, as the library does in its own chain. */
function managedIdentity(clientId: string | undefined): TokenSource {
  const probing: { sendProbeRequest: boolean; retryOptions: { maxRetries: number } } = {
    sendProbeRequest: true,
    retryOptions: { maxRetries: 1 },
  };
  return new ManagedIdentityCredential(clientId === undefined ? probing : { ...probing, clientId });
}
