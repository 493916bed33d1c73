import * as path from 'node:path';
import { afterValue, STOP_START, type StopRule, type StopState, stopRuleText } from '../metrics/stop-rule.ts';
import type { SeriesPoints } from './live-series.ts';
import type { FileValues, PlainValue } from './table-rows.ts';

/** A rule that holds now for the first time, and the value that made it. */
export interface MetRule {
  readonly rule: StopRule;
  readonly value: number;
}

/** What is new of a run's files. */
export interface RunValues {
  /** All of them, where any file has changed. */
  readonly metrics?: readonly FileValues[];
  /** Files and folders of metrics that were written. */
  readonly changed: ReadonlySet<string>;
  readonly series: ReadonlyMap<string, SeriesPoints>;
}

/** Values of one metric, in the order of the run's steps. */
interface Steps {
  /** Whether a file before the colon of a rule means this one. */
  readonly isOf: (file: string) => boolean;
  readonly name: string;
  readonly values: readonly number[];
  /** They begin anew. */
  readonly fresh: boolean;
}

/**
 * Follows the values of one run and says which rules they meet. A metric's values are the steps that DVCLive writes beside its file, or the
 * rows of a table of plots; of a metric without any, each rewriting of its file is one.
 */
export class StopRuleWatch {
  readonly #states = new Map<string, StopState>();
  /** Metrics of which steps are known: what their file says is the last of them again. */
  readonly #stepwise = new Set<string>();

  next(rules: readonly StopRule[], { metrics = [], changed, series }: RunValues): MetRule[] {
    const steps = [...series].flatMap(([file, points]) => stepsOf(file, points));
    for (const { name } of steps) this.#stepwise.add(name);
    const written = metrics.filter(({ path: file }) =>
      [...changed].some((one) => file === one || file.startsWith(`${one}/`)),
    );
    steps.push(...written.flatMap(valuesOf).filter(({ name }) => !this.#stepwise.has(name)));
    return rules.flatMap((rule) => this.#met(rule, steps) ?? []);
  }

  #met(rule: StopRule, steps: readonly Steps[]): MetRule | undefined {
    const text = stopRuleText(rule);
    let state = this.#states.get(text) ?? STOP_START;
    let met: MetRule | undefined;
    for (const { values, fresh } of steps.filter((one) => isMeant(rule.metric, one))) {
      if (fresh && !state.fired) state = STOP_START;
      for (const value of values) {
        const before = state.fired;
        state = afterValue(rule, state, value);
        if (state.fired && !before) met = { rule, value };
      }
    }
    this.#states.set(text, state);
    return met;
  }
}

/** A dotted name, or one with its file before a colon: `dvclive/metrics.json:val.acc`. */
function isMeant(metric: string, { name, isOf }: Steps): boolean {
  if (metric === name) return true;
  const colon = metric.lastIndexOf(':');
  return colon > 0 && metric.slice(colon + 1) === name && isOf(metric.slice(0, colon));
}

const DVCLIVE = /^(?:(.*)\/)?plots\/metrics\/(.+)\.(?:tsv|csv)$/;

function stepsOf(file: string, { columns, fresh }: SeriesPoints): Steps[] {
  const dvclive = DVCLIVE.exec(file);
  if (!dvclive)
    return Object.entries(columns).map(([name, values]) => ({ isOf: (of) => of === file, name, values, fresh }));
  const [, folder = '.', name = ''] = dvclive;
  const values = Object.values(columns).at(-1) ?? [];
  return [
    { isOf: (of) => of === file || path.posix.dirname(of) === folder, name: name.replaceAll('/', '.'), values, fresh },
  ];
}

function valuesOf({ path: file, values }: FileValues): Steps[] {
  const found: Steps[] = [];
  const visit = (value: PlainValue | undefined, keys: readonly string[]): void => {
    if (typeof value === 'number')
      found.push({ isOf: (of) => of === file, name: keys.join('.'), values: [value], fresh: false });
    else if (typeof value === 'object' && value !== null && !Array.isArray(value))
      for (const [key, inner] of Object.entries(value)) visit(inner, [...keys, key]);
  };
  visit(values, []);
  return found;
}
