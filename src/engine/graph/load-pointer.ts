import { invalidFile } from '../core/errors.ts';
import type { FileView } from '../core/file-view.ts';
import { asStageAddress, type RepoPath } from '../core/ids.ts';
import { joinRepoPath, parentOf } from '../core/paths.ts';
import { isPyMap, type PyMap, pyStr } from '../core/python.ts';
import { type DvcFile, type DvcFileDep, type DvcFileOut, parseDvcFile } from '../files/dvc-file.ts';
import type { Output, Place } from './output.ts';
import { placeOf } from './place.ts';
import type { DataStage, Dependency, ImportStage } from './stage.ts';
import { recordedContent } from './versioned.ts';

/** The stage a `.dvc` file describes; undefined where there is no such file. @throws What is wrong with it. */
export async function loadPointer(
  view: FileView,
  file: RepoPath,
  options: { readonly root: string },
): Promise<DataStage | ImportStage | undefined> {
  const bytes = await view.read(file);
  return bytes && pointerStage(parseDvcFile(bytes.toString(), file), file, options.root);
}

/** The stage that a pointer at `file` stands for. */
export function pointerStage(pointer: DvcFile, file: RepoPath, root: string): DataStage | ImportStage {
  const address = asStageAddress(file);
  const wdir = joinRepoPath(parentOf(file), pointer.wdir ?? '.');
  if (wdir === undefined) throw invalidFile(file, `its wdir '${pointer.wdir}' lies outside of the project.`);
  const imported = pointer.deps.some((dep) => dep.repo !== undefined);
  const base = {
    address,
    file,
    wdir,
    pointer,
    frozen: pointer.frozen,
    outs: pointer.outs.map((out) => toOutput(out, address, wdir, root, imported)),
  };
  if (pointer.deps.length === 0) return { ...base, kind: 'data' };
  return {
    ...base,
    kind: 'import',
    deps: pointer.deps.map(
      (dep): Dependency => ({
        stage: address,
        defPath: dep.path,
        place: placeOfDep(root, wdir, dep),
        hash: dep.hash,
        meta: dep.meta,
        ...(isVersioned(dep) ? { isVersioned: true } : {}),
        ...(dep.files ? { files: dep.files } : {}),
        ...(dep.repo ? { source: dep.repo } : {}),
      }),
    ),
  };
}

/** What a store of the dependency is opened with goes along. */
function placeOfDep(root: string, wdir: RepoPath, { path, fsConfig }: DvcFileDep): Place {
  const place = placeOf(root, wdir, path);
  if (place.kind !== 'url' || !fsConfig || fsConfig.size === 0) return place;
  return { ...place, options: optionsOf(fsConfig) };
}

/** The options of a store as texts, as the configuration has them. */
export const optionsOf = (config: PyMap): Record<string, string> =>
  Object.fromEntries(
    [...config].filter(([, value]) => !isPyMap(value)).map(([key, value]) => [pyStr(key), pyStr(value)]),
  );

const isVersioned = ({ files, meta, fsConfig, path }: DvcFileDep): boolean =>
  files !== undefined ||
  meta.versionId !== undefined ||
  (fsConfig?.get('version_aware') === true && /^(s3|gs|gcs|azure|abfss?|adls?|remote):/i.test(path));

const toOutput = (
  out: DvcFileOut,
  stage: Output['stage'],
  wdir: RepoPath,
  root: string,
  imported: boolean,
): Output => ({
  stage,
  defPath: out.path,
  place: placeOf(root, wdir, out.path),
  kind: 'out', // Pointer files have no metrics and plots since 2.x.
  ...recordedContent(out),
  cache: out.cache,
  persist: out.persist,
  push: out.push,
  remote: out.remote,
  imported,
});
