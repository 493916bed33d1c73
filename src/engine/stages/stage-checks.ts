import * as path from 'node:path';
import { asOid, type Oid, type RepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { fromCwd } from '../core/paths.ts';
import { stageChecksum } from '../files/dvc-file.ts';
import type { Place } from '../graph/output.ts';
import type { Stage } from '../graph/stage.ts';
import { isContentHash, isDirHash } from '../hash/hash-info.ts';
import { diffTrees, type TreeDiff } from '../hash/tree.ts';
import type { DataState } from '../odb/workspace-data.ts';
import type { ChangeInputs } from '../pipeline/changed.ts';
import type { ContentHash } from '../platform/digest.ts';
import { OidSet } from '../platform/oid-set.ts';
import type { Repo } from '../repo.ts';

/** A stage's address from the user's folder: the name alone where its dvc.yaml is there. */
export function showAddress(repo: Repo, stage: Stage, cwd: string): string {
  const file = fromCwd(cwd, repo.absolute(stage.file));
  if (stage.kind !== 'pipeline') return file;
  return file === 'dvc.yaml' ? stage.name : `${file}:${stage.name}`;
}

/** A dependency or output as DVC names it: as written where it lies elsewhere, else from the user's folder. */
export function showPlace(
  repo: Repo,
  { place, defPath }: { readonly place: Place; readonly defPath: string },
  cwd: string,
): string {
  if (place.kind === 'repo') return path.isAbsolute(defPath) ? defPath : fromCwd(cwd, repo.absolute(place.path));
  return place.kind === 'url' || path.isAbsolute(defPath) ? defPath : place.path;
}

/** What stage checks ask of a repository's workspace and cache. Each place is read at most once. */
export function changeInputs(repo: Repo, ctx: OpContext): ChangeInputs {
  const states = new Map<string, Promise<DataState>>();
  const texts = new Map<RepoPath, Promise<Uint8Array | undefined>>();
  const read = (place: Place, hash: ContentHash): Promise<DataState> => {
    const key = `${hash}\0${place.kind}\0${place.kind === 'url' ? place.url : place.path}`;
    let state = states.get(key);
    if (!state) states.set(key, (state = repo.readPlace(place, hash, ctx)));
    return state;
  };
  return {
    async find(place, name) {
      if (place.kind === 'url') {
        const { externalRecord } = await import('./external-data.ts');
        const hash = (await externalRecord(repo, place, ctx))?.hash;
        return hash && { hash };
      }
      if (!isContentHash(name)) return undefined;
      const hash = name as ContentHash; // The line above.
      const state = await read(place, hash);
      if (state.kind === 'missing') return undefined;
      return {
        hash: { name: hash, value: state.oid },
        ...(state.kind === 'directory'
          ? {
              async diff(old): Promise<TreeDiff | undefined> {
                if (!isDirHash(old) || !isContentHash(old.name)) return undefined;
                const cache = repo.cache(old.name as ContentHash);
                const oid = asOid(old.value);
                if ((await cache.missing(OidSet.of([oid]), ctx)).size > 0) return undefined;
                return diffTrees(await cache.readTree(oid, ctx), state.tree);
              },
            }
          : {}),
      };
    },
    async missing({ name, value }) {
      if (!isContentHash(name)) return [];
      return missingObjects(repo, name as ContentHash, asOid(value), ctx);
    },
    readParamsFile(place) {
      if (place.kind !== 'repo') return Promise.resolve(undefined);
      let bytes = texts.get(place.path);
      if (!bytes) texts.set(place.path, (bytes = repo.workspace.read(place.path)));
      return bytes;
    },
    show: (item) => showPlace(repo, item, ctx.cwd),
    checksumHolds: (stage) => {
      if (stage.kind === 'pipeline') return true;
      const { md5 } = stage.pointer;
      // An import that was never carried out has none yet.
      if (md5 === undefined) return stage.kind === 'data' || stage.deps.length !== 1 || stage.outs.length !== 1;
      return md5 === stageChecksum(stage.pointer);
    },
  };
}

/** What the cache lacks of one output: its object, or those of its files. */
async function missingObjects(repo: Repo, hash: ContentHash, oid: Oid, ctx: OpContext): Promise<readonly Oid[]> {
  return [...(await repo.cache(hash).lacking(oid, ctx))];
}
