import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { programOnPath } from './programs.ts';

/** Absolute paths of PEM files. */
export interface Certificate {
  /** Of the authority that signed it, which nobody trusts unless told. */
  readonly authority: string;
  /** For `localhost` and 127.0.0.1. */
  readonly certificate: string;
  readonly key: string;
}

/** An authority and a certificate of its, for this run only. @param folder Is made. */
export function makeCertificate(folder: string): Certificate {
  const openssl = programOnPath('openssl', 'openssl');
  const file = (name: string): string => join(folder, name);
  const run = (...args: string[]): void => {
    const { status, stderr } = spawnSync(openssl, args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`openssl ${args[0]} failed: ${stderr}`);
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(file('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  run('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '30', '-subj', '/CN=Lode test authority');
  run('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost');
  run(
    ...['x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
    ...['-days', '30', '-extfile', 'names', '-out', 'server.pem'],
  );
  return { authority: file('ca.pem'), certificate: file('server.pem'), key: file('server.key') };
}
