import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { OpContext } from '../core/op-context.ts';
import { type Config, loadConfig } from '../files/config.ts';
import { configFiles } from '../files/config-levels.ts';
import { fileSystemOf, workingLinks } from '../platform/file-system.ts';
import { findRoot } from '../repo-root.ts';

/** One section of the report: a text, or lines below its name. */
export interface VersionSection {
  readonly name: string;
  readonly value: string | readonly string[];
}

/** The DVC version whose files and behaviour are the reference. */
export const DVC_REFERENCE = '3.67.1';

/** What a bug report needs to know of this machine and repository, in DVC's sections. @throws `config` */
export function version(ctx: OpContext): VersionSection[] {
  const files = configFiles(undefined);
  const sections: VersionSection[] = [
    { name: 'Platform', value: `Node ${process.versions.node} on ${os.type()}-${os.release()}-${os.machine()}` },
    { name: 'Subprojects', value: [`DVC formats = ${DVC_REFERENCE}`] },
    { name: 'Supports', value: ['local'] },
    {
      name: 'Config',
      value: [`Global: ${path.dirname(files.global ?? '')}`, `System: ${path.dirname(files.system ?? '')}`],
    },
  ];
  const root = findRoot(ctx.cwd);
  return root === undefined ? sections : [...sections, ...repositorySections(root, loadConfig(root))];
}

function repositorySections(root: string, config: Config): VersionSection[] {
  const hasCache = fs.existsSync(config.cache.dir);
  const schemes = [...config.remotes.keys()].map((name) => config.remote(name).scheme || 'local');
  return [
    {
      name: 'Cache types',
      value: hasCache
        ? workingLinks(config.cache.dir, path.join(root, '.dvc')).join(', ')
        : 'unknown before the first add',
    },
    ...(hasCache ? [{ name: 'Cache directory', value: fileSystemOf(config.cache.dir) ?? 'unknown' }] : []),
    { name: 'Caches', value: 'local' },
    { name: 'Remotes', value: schemes.join(', ') || 'None' },
    { name: 'Workspace directory', value: fileSystemOf(root) ?? 'unknown' },
    { name: 'Repo', value: repositoryKind(root, config) },
  ];
}

function repositoryKind(root: string, config: Config): string {
  if (config.core.noScm) return 'dvc (no_scm)';
  if (fs.existsSync(path.join(root, '.git'))) return 'dvc, git';
  for (let folder = path.dirname(root); ; folder = path.dirname(folder)) {
    if (fs.existsSync(path.join(folder, '.git'))) return 'dvc (subdir), git';
    if (folder === path.dirname(folder)) return 'dvc (git is missing)';
  }
}
