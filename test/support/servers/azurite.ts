import { builtProgram } from './programs.ts';
import { type Server, startServer } from './server.ts';

export interface AzureServer extends Server {
  readonly account: string;
  readonly accountKey: string;
  /** @param url Of a proxy before it, else its own. */
  connectionString(url?: string): string;
  addContainer(name: string): Promise<void>;
  /** @param permissions Their letters: `r` read, `l` list, `w` write. @param forMs From now on; below 0 it has ended. */
  sasToken(container: string, permissions: string, forMs: number): Promise<string>;
}

/** Azure Blob Storage as the emulator of Azure's makers has it. It keeps no versions. */
export async function startAzurite(): Promise<AzureServer> {
  const script = builtProgram('azurite', 'node_modules/azurite/dist/src/blob/main.js');
  const account = 'lodetest';
  const accountKey = Buffer.from('lode-test-secret lode-test-secret').toString('base64');
  const server = await startServer({
    name: 'azurite',
    command: ({ port, folder }) => ({
      program: process.execPath,
      args: [
        ...[script, '--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', folder],
        ...['--silent', '--disableTelemetry', '--skipApiVersionCheck'],
      ],
      env: { AZURITE_ACCOUNTS: `${account}:${accountKey}` },
    }),
  });
  const connectionString = (url = server.url): string =>
    `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${accountKey};BlobEndpoint=${url}/${account};`;
  const { BlobServiceClient, ContainerSASPermissions } = await import('@azure/storage-blob');
  const service = BlobServiceClient.fromConnectionString(connectionString());
  return {
    ...server,
    account,
    accountKey,
    connectionString,
    addContainer: async (name) => void (await service.createContainer(name)),
    sasToken: async (container, permissions, forMs) => {
      const url = await service.getContainerClient(container).generateSasUrl({
        expiresOn: new Date(Date.now() + forMs),
        permissions: ContainerSASPermissions.parse(permissions),
      });
      return url.slice(url.indexOf('?') + 1);
    },
  };
}
