import * as fs from 'node:fs';
import { delimiter, join } from 'node:path';
import { projectRoot } from '../cli.ts';
import { ServerMissing } from './server.ts';

/** A file of what `scripts/servers.mjs` has made. @param file Below the folder of that name. @throws ServerMissing */
export function builtProgram(name: string, file = name): string {
  const program = join(projectRoot(), '.cache/servers', name, file);
  if (fs.existsSync(program)) return program;
  const reasons = JSON.parse(process.env['LODE_SERVERS_MISSING'] ?? '{}') as Record<string, string>;
  throw new ServerMissing(reasons[name] ?? `${name} is not there; make it with: node scripts/servers.mjs ${name}`);
}

/** A program of the operating system. @param debian The package that has it. @throws ServerMissing */
export function programOnPath(name: string, debian: string): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  const found = folders.map((folder) => join(folder, name)).find((file) => fs.existsSync(file));
  if (found) return found;
  throw new ServerMissing(`${name} was not found (Debian: apt-get install ${debian})`);
}
