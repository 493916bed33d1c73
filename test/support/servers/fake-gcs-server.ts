import { builtProgram } from './programs.ts';
import { answersHttp, type Server, startServer } from './server.ts';

export interface GcsServer extends Server {
  addBucket(name: string, options?: { readonly versions?: boolean }): Promise<void>;
}

/** Google Cloud Storage as an independent emulator has it. It lets everybody in, and cannot be asked how far an upload came. */
export async function startFakeGcsServer(): Promise<GcsServer> {
  const program = builtProgram('fake-gcs-server');
  const server = await startServer({
    name: 'fake-gcs-server',
    command: ({ port }) => ({
      program,
      args: [
        ...['-scheme', 'http', '-host', '127.0.0.1', '-port', String(port), '-backend', 'memory'],
        ...['-public-host', `127.0.0.1:${port}`, '-external-url', `http://127.0.0.1:${port}`],
      ],
    }),
    ready: ({ port }) => answersHttp(`http://127.0.0.1:${port}/_internal/healthcheck`),
  });
  return {
    ...server,
    addBucket: async (name, { versions = false } = {}) => {
      const answer = await fetch(`${server.url}/storage/v1/b?project=test`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name, versioning: { enabled: versions } }),
      });
      if (!answer.ok) throw new Error(`the bucket '${name}' was not made: ${await answer.text()}`);
    },
  };
}
