import { isPyMap, type PyValue, pyStr } from '../core/python.ts';
import { repoPathOf } from '../graph/output.ts';
import type { RepoIndex } from '../graph/repo-index.ts';

/** Which way a metric gets better. */
export type Better = 'higher' | 'lower';

/** What somebody has said about metrics: plain, so that it can travel. */
export interface DirectionRule {
  /** The file it is about, from the root; null for metrics of any file. */
  readonly file: string | null;
  /** A dotted name in which `*` stands for anything. */
  readonly metric: string;
  /** `none` where neither is better, whatever the name suggests. */
  readonly better: Better | 'none';
}

/** Says which way a metric gets better; undefined where nobody can tell. @param keys As nested in the file. */
export type DirectionOf = (file: string, keys: readonly string[]) => Better | undefined;

const WORDS: Readonly<Record<string, DirectionRule['better']>> = {
  max: 'higher',
  maximize: 'higher',
  higher: 'higher',
  min: 'lower',
  minimize: 'lower',
  lower: 'lower',
  none: 'none',
};

/**
 * What dvc.yaml declares, where DVC reads nothing: `meta: {direction: …}` of a metrics output is about its file, that of a stage about all
 * metrics. A direction is `max` or `min` for all of them, or a dict by name: `{acc: max, 'val.*loss': min}`.
 */
export function declaredDirections({ stages }: Pick<RepoIndex, 'stages'>): DirectionRule[] {
  const [ofFiles, ofStages]: [DirectionRule[], DirectionRule[]] = [[], []];
  for (const stage of stages) {
    if (stage.kind !== 'pipeline') continue;
    for (const out of stage.outs)
      if (out.annotation !== undefined) ofFiles.push(...rulesIn(out.annotation, repoPathOf(out) ?? null));
    ofStages.push(...rulesIn(stage.meta, null));
  }
  return [...ofFiles, ...ofStages];
}

/** As the setting has them: by name, with a file before a colon where they are about one: `dvclive/metrics.json:acc`. */
export const directionsOf = (words: Readonly<Record<string, unknown>>): DirectionRule[] =>
  Object.entries(words).flatMap(([name, word]) => {
    const colon = name.lastIndexOf(':');
    return ruleOf(colon < 0 ? null : name.slice(0, colon), name.slice(colon + 1), word);
  });

/** Answers by the first list that says something of a metric, else by what such metrics are called. */
export function directionBy(...lists: readonly (readonly DirectionRule[])[]): DirectionOf {
  const known = lists.map((rules) => rules.map((rule) => ({ rule, fits: fitting(rule) })));
  return (file, keys) => {
    const name = keys.join('.');
    for (const rules of known) {
      const said = rules
        .filter(({ fits }) => fits(file, name))
        .sort((a, b) => exactness(b.rule) - exactness(a.rule))[0];
      if (said) return said.rule.better === 'none' ? undefined : said.rule.better;
    }
    return guessedDirection(keys);
  };
}

function rulesIn(meta: PyValue, file: string | null): DirectionRule[] {
  if (!isPyMap(meta)) return [];
  const own = meta.get('lode');
  const direction = (isPyMap(own) ? own.get('direction') : undefined) ?? meta.get('direction');
  return direction === undefined ? [] : named(direction, [], file);
}

function named(value: PyValue, keys: readonly string[], file: string | null): DirectionRule[] {
  if (isPyMap(value)) return [...value].flatMap(([key, inner]) => named(inner, [...keys, pyStr(key)], file));
  return ruleOf(file, keys.length > 0 ? keys.join('.') : '*', value);
}

/** Whatever is no direction says nothing: the place is anybody's. */
function ruleOf(file: string | null, metric: string, word: unknown): DirectionRule[] {
  const better = typeof word === 'string' && Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
  return better === undefined ? [] : [{ file, metric, better }];
}

function fitting({ file, metric }: DirectionRule): (file: string, name: string) => boolean {
  const fits = metric.includes('*') ? patternOf(metric) : (name: string) => name === metric;
  return (of, name) => (file === null || file === of || of.startsWith(`${file}/`)) && fits(name);
}

function patternOf(pattern: string): (name: string) => boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop() ?? '';
  return (name) => {
    if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = name.indexOf(part, at);
      if (found < 0 || found + part.length > name.length - last.length) return false;
      at = found + part.length;
    }
    return true;
  };
}

/** A file says more than none, a name more than a pattern, a longer pattern more than a short one. */
const exactness = ({ file, metric }: DirectionRule): number =>
  (file === null ? 0 : 1e6) + (metric.includes('*') ? 0 : 1e3) + Math.min(metric.length, 999);

const LOWER =
  /(^|[._-])(loss|error|err|mse|mae|rmse|mape|perplexity|ppl|nll|wer|cer|fid|seconds|time|latency|duration)\d*($|[._-])/i;
const HIGHER =
  /(^|[._-])(acc|accuracy|auc|f1|precision|recall|score|r2|map|iou|dice|bleu|rouge|ndcg|mrr|top\d+)\d*($|[._-])/i;

/** Which way a metric gets better, by what such metrics are called: for those of which nobody has said it. */
export function guessedDirection(keys: readonly string[]): Better | undefined {
  const name = keys.join('.').replace(/([a-z])([A-Z])/g, '$1_$2');
  if (LOWER.test(name)) return 'lower';
  return HIGHER.test(name) ? 'higher' : undefined;
}
