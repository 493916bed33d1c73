import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Certificate } from './certificates.ts';
import { builtProgram } from './programs.ts';
import { answersHttp, answersTcp, type Server, startServer } from './server.ts';

export interface S3Server extends Server {
  /** Made, and empty at the start. */
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** A bucket more. */
  addBucket(name: string): void;
  /** Keeps the versions of a bucket's objects from now on. */
  keepVersions(bucket: string): Promise<void>;
  /** The file that holds an object: to damage it, or to look at it. */
  fileOf(bucket: string, key: string): string;
}

export interface S3ServerOptions {
  /** Serves HTTPS. */
  readonly tls?: Certificate;
  /** Writes are refused. */
  readonly readOnly?: boolean;
}

/** An S3 server that keeps each object as a file; it can keep the versions of a bucket. */
export async function startVersitygw({ tls, readOnly = false }: S3ServerOptions = {}): Promise<S3Server> {
  const program = builtProgram('versitygw');
  const [accessKey, secretKey, bucket] = ['lode-test-key', 'lode-test-secret', 'bucket'];
  const server = await startServer({
    name: 'versitygw',
    command: ({ port, folder }) => {
      for (const part of ['data/bucket', 'versions', 'users']) fs.mkdirSync(join(folder, part), { recursive: true });
      const options = [
        ...['--port', `127.0.0.1:${port}`, '--health', '/health', '--iam-dir', join(folder, 'users'), '--keep-alive'],
        ...(tls ? ['--cert', tls.certificate, '--key', tls.key] : []),
        ...(readOnly ? ['--readonly'] : []),
      ];
      const backend = ['posix', '--versioning-dir', join(folder, 'versions'), join(folder, 'data')];
      const env = { ROOT_ACCESS_KEY: accessKey, ROOT_SECRET_KEY: secretKey };
      return { program, args: [...options, ...backend], env };
    },
    ready: ({ port }) => (tls ? answersTcp(port) : answersHttp(`http://127.0.0.1:${port}/health`)),
  });
  const data = join(server.folder, 'data');
  return {
    ...server,
    url: tls ? `https://localhost:${server.port}` : server.url,
    bucket,
    accessKey,
    secretKey,
    addBucket: (name) => fs.mkdirSync(join(data, name)),
    keepVersions: async (Bucket) => {
      process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
      const { PutBucketVersioningCommand, S3Client } = await import('@aws-sdk/client-s3');
      const client = new S3Client({
        endpoint: server.url,
        region: 'us-east-1',
        forcePathStyle: true,
        credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
      });
      await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
      client.destroy();
    },
    fileOf: (name, key) => join(data, name, key),
  };
}
