import { DvcError } from '../core/errors.ts';
import { activeRuns, runKey } from '../experiments/active-runs.ts';
import { QueueStore } from '../experiments/queue-store.ts';
import { StopRuleStore } from '../experiments/stop-rule-store.ts';
import { readStopRule, stopRuleText } from '../metrics/stop-rule.ts';
import type { Repo } from '../repo.ts';

/** Rows of the table that can have rules, by their id: what runs or waits. */
const PREFIX = 'task:';

/**
 * Gives a running or waiting experiment one more stop rule. It is looked at from the next value on.
 *
 * @param row As {@link ExperimentRow.id}.
 * @returns the rule as it is kept
 * @throws `bad-stop-rule`, `unknown-experiment`
 */
export function stopRuleAdd(repo: Repo, row: string, text: string): string {
  const [rule, run] = [stopRuleText(readStopRule(text)), requireRun(repo, row)];
  const store = new StopRuleStore(repo);
  store.set(run, [...store.texts(run), rule]);
  return rule;
}

/** Takes a stop rule away. @throws `unknown-experiment` */
export function stopRuleRemove(repo: Repo, row: string, text: string): void {
  const [store, run] = [new StopRuleStore(repo), requireRun(repo, row)];
  store.set(
    run,
    store.texts(run).filter((one) => one !== text),
  );
}

function requireRun(repo: Repo, row: string): string {
  const run = row.startsWith(PREFIX) ? row.slice(PREFIX.length) : undefined;
  const isKnown =
    run !== undefined &&
    (new QueueStore(repo).list().some(({ id }) => id === run) || activeRuns(repo).some((one) => runKey(one) === run));
  if (run !== undefined && isKnown) return run;
  throw new DvcError('unknown-experiment', 'The experiment runs no longer.', {
    hint: 'Stop rules are for what runs or waits.',
  });
}
