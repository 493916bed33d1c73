import type { RepoPath, StageAddress } from '../core/ids.ts';
import { asRepoPath } from '../core/ids.ts';
import { isWithin } from '../core/paths.ts';
import { isTracked, type Output, type TrackedOutput } from './output.ts';
import { OutputMap } from './output-map.ts';
import type { Stage } from './stage.ts';
import type { TopLevel } from './top-level.ts';

/** Every stage and output of one revision, parsed once. Immutable. */
export class RepoIndex {
  /** In the order of their files, and within a file as written. */
  readonly stages: readonly Stage[];
  readonly outputs: OutputMap;
  /** What each dvc.yaml says beside its stages; none where the files were read for their stages only. */
  readonly topLevels: readonly TopLevel[];
  readonly #byAddress: ReadonlyMap<StageAddress, Stage>;
  readonly #byFile = new Map<RepoPath, Stage[]>();
  readonly #files: ReadonlySet<RepoPath>;

  /** @param files The stage files read, those without stages too. */
  constructor(stages: readonly Stage[], files: Iterable<RepoPath>, topLevels: readonly TopLevel[] = []) {
    this.stages = stages;
    this.topLevels = topLevels;
    this.outputs = new OutputMap(stages.flatMap((stage) => stage.outs));
    this.#byAddress = new Map(stages.map((stage) => [stage.address, stage]));
    this.#files = new Set(files);
    for (const stage of stages) {
      const there = this.#byFile.get(stage.file);
      if (there) there.push(stage);
      else this.#byFile.set(stage.file, [stage]);
    }
  }

  static readonly empty = new RepoIndex([], []);

  get allOutputs(): Output[] {
    return this.stages.flatMap((stage) => stage.outs);
  }

  /** Outputs in the cache and inside the repository: what data commands work on. */
  get tracked(): TrackedOutput[] {
    return this.allOutputs.filter(isTracked);
  }

  stage(address: StageAddress): Stage | undefined {
    return this.#byAddress.get(address);
  }

  stagesIn(file: RepoPath): readonly Stage[] {
    return this.#byFile.get(file) ?? [];
  }

  hasFile(file: RepoPath): boolean {
    return this.#files.has(file);
  }

  /** The stage files that were read. */
  get files(): ReadonlySet<RepoPath> {
    return this.#files;
  }

  /** True where stage files lie in or below `path`. */
  isFolder(path: RepoPath | undefined): boolean {
    if (path === undefined || this.#files.has(path)) return false;
    for (const file of this.#files) if (isWithin(file, path)) return true;
    return path === asRepoPath('');
  }
}
