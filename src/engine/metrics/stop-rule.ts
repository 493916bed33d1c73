import { DvcError } from '../core/errors.ts';

/** When a run is not worth going on with, as the user wrote it: `val_loss > 2 for 3`. */
export interface StopRule {
  /** What happens when it holds. */
  readonly action: 'stop' | 'notify';
  /** Dotted, as in the table of metrics; with the file before a colon where several have it: `dvclive/metrics.json:val.acc`. */
  readonly metric: string;
  readonly condition: StopCondition;
  /** Values in a row for which the condition has to hold. */
  readonly times: number;
  /** Values at the beginning that do not count. */
  readonly after: number;
}

export type StopCondition =
  | { readonly kind: 'compare'; readonly operator: CompareOperator; readonly limit: number }
  /** The value is NaN or infinite: training has diverged. */
  | { readonly kind: 'broken' }
  /** The value is no better than the best before by more than `by`. */
  | { readonly kind: 'stalled'; readonly better: 'lower' | 'higher'; readonly by: number };

export type CompareOperator = '>' | '>=' | '<' | '<=' | '==' | '!=';

/** A rule, or what is wrong with its text and where: a sentence, and the place from 0. */
export type ParsedStopRule = { readonly rule: StopRule } | { readonly problem: string; readonly at: number };

/**
 * Reads a rule: `[stop|notify when] METRIC CONDITION [for N] [after N]`.
 *
 * A condition is a comparison with a number (`> 2`), `is broken` (NaN or infinite), or `stalls` with `min` or `max` for the better
 * direction and, if wanted, `by` how much it has to get better. A metric with blanks or brackets in its name goes in double
 * quotes. Examples: `loss is broken`, `val_loss > 2 for 3 after 10`, `notify when acc stalls max by 0.001 for 5`.
 */
export function parseStopRule(text: string): ParsedStopRule {
  const reader = new Words(text);
  try {
    return { rule: readRule(reader) };
  } catch (error) {
    if (error instanceof RuleProblem) return { problem: error.message, at: error.at };
    throw error;
  }
}

/** As {@link parseStopRule}. @throws `bad-stop-rule`, pointing at what is wrong */
export function readStopRule(text: string): StopRule {
  const parsed = parseStopRule(text);
  if ('rule' in parsed) return parsed.rule;
  throw new DvcError('bad-stop-rule', `The stop rule '${text}' is not understood. ${parsed.problem}`, {
    hint: 'Examples: `loss is broken`, `val_loss > 2 for 3`, `notify when acc stalls max for 5`.',
  });
}

/** A rule as it is read again; rules that mean the same have the same text. */
export function stopRuleText({ action, metric, condition, times, after }: StopRule): string {
  return [
    ...(action === 'notify' ? ['notify when'] : []),
    /[\s<>=!]/.test(metric) ? `"${metric}"` : metric,
    conditionText(condition),
    ...(times > 1 ? [`for ${times}`] : []),
    ...(after > 0 ? [`after ${after}`] : []),
  ].join(' ');
}

/** Each as it is kept. @throws `bad-stop-rule` */
export const stopRuleTexts = (texts: readonly string[] = []): string[] =>
  texts.map((text) => stopRuleText(readStopRule(text)));

function conditionText(condition: StopCondition): string {
  switch (condition.kind) {
    case 'compare':
      return `${condition.operator} ${condition.limit}`;
    case 'broken':
      return 'is broken';
    case 'stalled':
      return `stalls ${condition.better === 'lower' ? 'min' : 'max'}${condition.by === 0 ? '' : ` by ${condition.by}`}`;
  }
}

class RuleProblem extends Error {
  readonly at: number;
  constructor(problem: string, at: number) {
    super(problem);
    this.at = at;
  }
}

const OPERATORS: readonly string[] = ['>', '>=', '<', '<=', '==', '!='] satisfies CompareOperator[];
const isOperator = (word: string): word is CompareOperator => OPERATORS.includes(word);

function readRule(words: Words): StopRule {
  let action: StopRule['action'] = 'stop';
  for (const one of ['stop', 'notify'] as const)
    if (words.takeBoth(one, 'when')) {
      action = one;
      break;
    }
  const metric = words.take('the name of a metric');
  const condition = readCondition(words);
  let [times, after] = [1, 0];
  for (let seen = new Set<string>(); !words.isEmpty; ) {
    const at = words.at;
    const word = words.take('`for` or `after`');
    if ((word !== 'for' && word !== 'after') || seen.has(word))
      throw new RuleProblem(`\`${word}\` is not expected here: a rule ends with \`for N\` and \`after N\`.`, at);
    seen = seen.add(word);
    const count = words.count();
    if (word === 'for') times = count;
    else after = count;
    words.skip('steps') || words.skip('values');
  }
  return { action, metric, condition, times, after };
}

function readCondition(words: Words): StopCondition {
  const at = words.at;
  const word = words.take('a condition such as `> 2`, `is broken` or `stalls min`');
  if (isOperator(word)) return { kind: 'compare', operator: word, limit: words.number() };
  if (word === 'is') {
    const next = words.at;
    const what = words.take('`broken`');
    if (['broken', 'nan', 'NaN'].includes(what)) return { kind: 'broken' };
    throw new RuleProblem(`\`is\` goes with \`broken\`, not with \`${what}\`.`, next);
  }
  if (word !== 'stalls')
    throw new RuleProblem(`\`${word}\` is no condition: use a comparison, \`is broken\`, or \`stalls min\`.`, at);
  const better = words.skip('max') ? 'higher' : words.skip('min') ? 'lower' : undefined;
  if (better === undefined) throw new RuleProblem('`stalls` needs `min` or `max`: which way is better?', words.at);
  return { kind: 'stalled', better, by: words.skip('by') ? words.number() : 0 };
}

class Words {
  readonly #words: readonly { readonly text: string; readonly at: number; readonly quoted: boolean }[];
  readonly #end: number;
  #next = 0;

  constructor(text: string) {
    this.#end = text.length;
    this.#words = [...text.matchAll(/"([^"]*)"|(>=|<=|==|!=|[<>])|([^\s"<>=!]+)|(\S)/g)].map((match) => ({
      text: match[1] ?? match[0],
      at: match.index,
      quoted: match[1] !== undefined,
    }));
  }

  get isEmpty(): boolean {
    return this.#next >= this.#words.length;
  }

  /** Where the next word stands. */
  get at(): number {
    return this.#words[this.#next]?.at ?? this.#end;
  }

  take(what: string): string {
    const word = this.#words[this.#next];
    if (!word) throw new RuleProblem(`Here ${what} is missing.`, this.#end);
    this.#next++;
    return word.text;
  }

  skip(text: string): boolean {
    const word = this.#words[this.#next];
    if (word?.text !== text || word.quoted) return false;
    this.#next++;
    return true;
  }

  takeBoth(first: string, second: string): boolean {
    const [one, two] = [this.#words[this.#next], this.#words[this.#next + 1]];
    if (one?.text !== first || one.quoted || two?.text !== second || two.quoted) return false;
    this.#next += 2;
    return true;
  }

  number(): number {
    const at = this.at;
    const word = this.take('a number');
    const value = Number(word);
    if (word.trim() === '' || !Number.isFinite(value)) throw new RuleProblem(`\`${word}\` is no number.`, at);
    return value;
  }

  count(): number {
    const at = this.at;
    const value = this.number();
    if (!Number.isInteger(value) || value < 1) throw new RuleProblem('This has to be a whole number from 1 on.', at);
    return value;
  }
}

/** What a rule has seen of a run so far. */
export interface StopState {
  readonly seen: number;
  /** Values in a row for which the condition has held. */
  readonly streak: number;
  readonly best: number | undefined;
  /** It has held for long enough: once it has, it stays so. */
  readonly fired: boolean;
}

export const STOP_START: StopState = { seen: 0, streak: 0, best: undefined, fired: false };

/** The state after one more value of the metric, in the order of the run's steps. */
export function afterValue(rule: StopRule, state: StopState, value: number): StopState {
  const seen = state.seen + 1;
  const counts = seen > rule.after;
  const holds = counts && conditionHolds(rule.condition, state.best, value);
  const streak = holds ? state.streak + 1 : 0;
  return {
    seen,
    streak,
    best: betterOf(rule.condition, state.best, value),
    fired: state.fired || streak >= rule.times,
  };
}

function conditionHolds(condition: StopCondition, best: number | undefined, value: number): boolean {
  switch (condition.kind) {
    case 'broken':
      return !Number.isFinite(value);
    case 'compare':
      return compares(value, condition.operator, condition.limit);
    case 'stalled': {
      if (best === undefined) return false;
      const gain = condition.better === 'lower' ? best - value : value - best;
      return !(gain > condition.by); // NaN is no gain.
    }
  }
}

function compares(value: number, operator: CompareOperator, limit: number): boolean {
  switch (operator) {
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '==':
      return value === limit;
    case '!=':
      return value !== limit;
  }
}

/** The best stays where a value is not better by enough: many small steps are no gain. */
function betterOf(condition: StopCondition, best: number | undefined, value: number): number | undefined {
  if (condition.kind !== 'stalled' || !Number.isFinite(value)) return best;
  return best === undefined || !conditionHolds(condition, best, value) ? value : best;
}

/** Which values, by their places in the series from 0, a rule would have fired at first; undefined where it would not. */
export function firstFiring(rule: StopRule, values: Iterable<number>): number | undefined {
  let state = STOP_START;
  let at = 0;
  for (const value of values) {
    state = afterValue(rule, state, value);
    if (state.fired) return at;
    at++;
  }
  return undefined;
}
