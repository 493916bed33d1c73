import * as path from 'node:path';
import type { ConsentQuestion, OpContext } from '../core/op-context.ts';
import { redactUrl } from '../core/redact.ts';
import { localFolderOf, resolveUrl } from '../external.ts';
import type { ImportStage } from '../graph/stage.ts';
import { agree, agreed } from '../platform/consents.ts';
import type { Repo } from '../repo.ts';
import { realPath } from '../repo-root.ts';
import { localRepository } from '../source-repo.ts';

/**
 * A file of a repository says where the data of an import comes from: what lies outside of it is used once the user has agreed, so that
 * a cloned repository cannot take private files, or reach servers, by being updated.
 *
 * @throws `consent`
 */
export async function agreeToSource(repo: Repo, stage: ImportStage, folders: readonly string[], ctx: OpContext) {
  for (const question of questionsOf(repo, stage, folders)) await agree(repo.root, question, ctx);
}

/** The user has named the source of this import. */
export function agreedToSource(repo: Repo, stage: ImportStage, folders: readonly string[], ctx: OpContext): void {
  if (!ctx.consent) return; // A script: nobody has named anything.
  for (const question of questionsOf(repo, stage, folders)) agreed(repo.root, question);
}

function questionsOf(repo: Repo, stage: ImportStage, folders: readonly string[]): ConsentQuestion[] {
  return stage.deps.flatMap(({ source, place }): ConsentQuestion[] => {
    const by = stage.file;
    if (source) {
      const local = localRepository(source.url, folders);
      if (local !== undefined) return outside(repo, local, by);
      return [{ kind: 'address', place: placeOf(source.url), by }];
    }
    if (place.kind === 'repo') return outside(repo, repo.absolute(place.path), by); // By a link it may lead out.
    if (place.kind === 'outside') return outside(repo, place.path, by);
    const resolved = resolveUrl(place.url, { config: repo.config, folder: repo.root, options: place.options ?? {} });
    const local = localFolderOf(resolved);
    if (local !== undefined) return outside(repo, local, by);
    const server = resolved.options['endpointurl'];
    return [{ kind: 'address', place: [placeOf(resolved.url), ...(server ? [placeOf(server)] : [])].join(' '), by }];
  });
}

function outside(repo: Repo, file: string, by: string): ConsentQuestion[] {
  const place = realPath(file);
  const relative = path.relative(realPath(repo.root), place);
  const isInside = relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
  return isInside ? [] : [{ kind: 'path', place, by }];
}

/** Scheme, user, host and port of an address; a bucket is a host. */
function placeOf(url: string): string {
  const shown = redactUrl(url);
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(shown)?.[0] ?? shown.replace(/:.*$/s, '');
}
