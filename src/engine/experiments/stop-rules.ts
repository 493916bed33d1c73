import type { PlainValue } from './table-rows.ts';

/** Says when a running experiment is not worth going on, or worth a look. */
export interface StopRule {
  /** A dotted key of a metrics file, with the file before a colon where several have it: `dvclive/metrics.json:val.acc`. */
  readonly metric: string;
  readonly when: '<' | '<=' | '>' | '>=' | 'nan';
  /** Not looked at with `nan`. */
  readonly value: number;
  /** Only from this step on, where the file has a `step`. */
  readonly fromStep?: number;
  readonly action: 'stop' | 'notify';
}

/** `val.acc < 0.5` and the like. */
export const ruleText = ({ metric, when, value }: StopRule): string =>
  when === 'nan' ? `${metric} is not a number` : `${metric} ${when} ${value}`;

/** The rules that these values meet. @param files Metrics by path, nested as in their files. */
export function rulesMet(rules: readonly StopRule[], files: ReadonlyMap<string, PlainValue>): StopRule[] {
  return rules.filter((rule) => {
    const colon = rule.metric.lastIndexOf(':');
    const [file, key] =
      colon < 0 ? [undefined, rule.metric] : [rule.metric.slice(0, colon), rule.metric.slice(colon + 1)];
    for (const [path, values] of files) {
      if (file !== undefined && path !== file) continue;
      const step = at(values, 'step');
      if (rule.fromStep !== undefined && !(typeof step === 'number' && step >= rule.fromStep)) continue;
      const found = at(values, key);
      if (typeof found === 'number' && isMet(rule, found)) return true;
    }
    return false;
  });
}

function isMet({ when, value }: StopRule, found: number): boolean {
  switch (when) {
    case '<':
      return found < value;
    case '<=':
      return found <= value;
    case '>':
      return found > value;
    case '>=':
      return found >= value;
    case 'nan':
      return Number.isNaN(found);
  }
}

function at(values: PlainValue | undefined, key: string): PlainValue | undefined {
  let value: PlainValue | undefined = values;
  for (const word of key.split('.'))
    value =
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? (value as Readonly<Record<string, PlainValue>>)[word]
        : undefined;
  return value;
}
