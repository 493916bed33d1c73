import { createPrivateKey } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { findBundle } from './store-bundles.ts';

/** What the worker runs: the library takes a second or more for a passphrase, in which nothing else would go on. */
const SCRIPT = `
const { parentPort, workerData } = require('node:worker_threads');
const { bundle, bytes, passphrase } = workerData;
parentPort.postMessage(require(bundle).unlock(Buffer.from(bytes), passphrase));
`;

/** The key without a passphrase, in a form that the library reads; undefined for a wrong one. */
export function unlockElsewhere(bytes: Buffer, passphrase: string): Promise<Buffer | undefined> {
  const worker = new Worker(SCRIPT, { eval: true, workerData: { bundle: findBundle('ssh'), bytes, passphrase } });
  return new Promise((resolve, reject) => {
    worker.once('message', (pem: string | undefined) => resolve(pem === undefined ? undefined : readable(pem)));
    worker.once('error', reject);
    worker.once('exit', () => resolve(undefined));
  });
}

/** The library writes Ed25519 keys in a form that it does not read: they are put into OpenSSH's own. */
function readable(pem: string): Buffer {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyType !== 'ed25519') return Buffer.from(pem);
  const { d = '', x = '' } = key.export({ format: 'jwk' });
  const [secret, open] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  const type = field(Buffer.from('ssh-ed25519'));
  const body = Buffer.concat([
    Buffer.alloc(8), // Twice the same number, which tells a right passphrase.
    ...[type, field(open), field(Buffer.concat([secret, open])), field(Buffer.alloc(0))],
  ]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, (8 - (body.length % 8)) % 8);
  const none = field(Buffer.from('none'));
  const whole = Buffer.concat([
    ...[Buffer.from('openssh-key-v1\0'), none, none, field(Buffer.alloc(0)), Buffer.from([0, 0, 0, 1])],
    ...[field(Buffer.concat([type, field(open)])), field(Buffer.concat([body, padding]))],
  ]);
  const lines = whole.toString('base64').replace(/.{70}/g, '$&\n');
  return Buffer.from(`-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`);
}

function field(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
