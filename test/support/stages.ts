import { asRepoPath, asStageAddress } from '../../src/engine/core/ids.ts';
import type { Output } from '../../src/engine/graph/output.ts';
import type { Dependency, PipelineStage } from '../../src/engine/graph/stage.ts';

/** A stage of `dvc.yaml` in the root, from paths alone. */
export function pipelineStage(
  name: string,
  { deps = [], outs = [] }: { deps?: string[]; outs?: string[] } = {},
): PipelineStage {
  const address = asStageAddress(name);
  return {
    kind: 'pipeline',
    address,
    file: asRepoPath('dvc.yaml'),
    wdir: asRepoPath(''),
    name,
    group: undefined,
    cmd: `run ${name}`,
    params: [],
    alwaysChanged: false,
    parametrized: false,
    desc: undefined,
    meta: null,
    lockedCmd: undefined,
    frozen: false,
    deps: deps.map(
      (path): Dependency => ({
        stage: address,
        defPath: path,
        place: { kind: 'repo', path: asRepoPath(path) },
        hash: undefined,
        meta: {},
      }),
    ),
    outs: outs.map((path) => output(path, name)),
  };
}

export const output = (path: string, stage = 'stage'): Output => ({
  stage: asStageAddress(stage),
  defPath: path,
  place: { kind: 'repo', path: asRepoPath(path) },
  kind: 'out',
  hash: undefined,
  meta: {},
  cache: true,
  persist: false,
  push: true,
  remote: undefined,
  imported: false,
});
