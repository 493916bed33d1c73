import type { Stage } from '../graph/stage.ts';
import type { ChangeReason } from './change-reason.ts';

/** Whether a dependency, as it is shown, is known to differ from its record though it is not there to be read. */
export type KnownDifferent = (shown: string) => boolean;

/**
 * The reasons that stay when missing data is taken to be as recorded: what `--allow-missing` runs for. Source: dvc-format 6.4.
 */
export const withoutMissing = (reasons: readonly ChangeReason[], isDifferent: KnownDifferent): ChangeReason[] =>
  reasons.filter((reason) => {
    if (reason.kind === 'output') return reason.word !== 'not in cache' && reason.word !== 'deleted';
    if (reason.kind === 'params-file') return reason.word !== 'deleted';
    return reason.kind !== 'dependency' || reason.word !== 'deleted' || isDifferent(reason.path);
  });

/**
 * Reasons to run. A frozen stage runs for no dependency, also where it always runs; and what an import's URL holds is not known here.
 */
export function reasonsToRun(stage: Stage, reasons: readonly ChangeReason[]): readonly ChangeReason[] {
  if (stage.kind === 'pipeline')
    return stage.frozen ? reasons.filter(({ kind }) => kind !== 'always-changed') : reasons;
  if (stage.kind === 'data') return reasons;
  const urls = new Set(stage.deps.filter(({ place }) => place.kind === 'url').map((dep) => dep.defPath));
  return reasons.filter((reason) => reason.kind !== 'dependency' || !urls.has(reason.path));
}
