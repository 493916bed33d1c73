import { type ArgumentSpec, type CommandSpec, destOf, isOption } from './spec.ts';

/** What was typed, by the name it is read by; the options that every command takes among it. */
export type ArgumentValues = Readonly<Record<string, unknown>>;

/** They exclude each other. */
const LEVELS: readonly ArgumentSpec[] = [
  { flags: ['-q', '--quiet'], action: 'count', group: ' level', help: '' },
  { flags: ['-v', '--verbose'], action: 'count', group: ' level', help: '' },
];

/**
 * Reads the arguments of a command as they are usually typed: options by their whole names, each value a word of its own, the other words
 * side by side. It gives what the real parser would give.
 *
 * @returns undefined for all else, mistakes among it: that is for the real parser, which takes longer to load than many a verb takes to run
 */
export function readPlainArguments(
  { arguments: specs }: CommandSpec,
  argv: readonly string[],
): ArgumentValues | undefined {
  const options = new Map<string, ArgumentSpec>();
  for (const spec of [...LEVELS, ...specs.filter(isOption)]) for (const flag of spec.flags) options.set(flag, spec);
  const values: Record<string, unknown> = {};
  for (const spec of specs) if (spec.action === 'flag') values[destOf(spec)] = false;
  const given = new Set<ArgumentSpec>();
  const groups = new Map<string, ArgumentSpec>();
  let words: string[] | undefined;
  let wordsEnd = 0;
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (!isOptionLike(word)) {
      if (words && wordsEnd !== at) return undefined; // Words in two places go to arguments in odd ways.
      words = [...(words ?? []), word];
      wordsEnd = at + 1;
      continue;
    }
    const spec = options.get(word);
    if (!spec || spec.count !== undefined) return undefined;
    if (spec.group !== undefined) {
      if ((groups.get(spec.group) ?? spec) !== spec) return undefined;
      groups.set(spec.group, spec);
    }
    given.add(spec);
    const action = spec.action ?? 'value';
    const dest = destOf(spec);
    if (action === 'flag') values[dest] = true;
    else if (action === 'const') values[dest] = spec.constant;
    else if (action === 'count') values[dest] = Number(values[dest] ?? 0) + 1;
    else {
      const value = valueIn(spec, argv[++at]);
      if (value === undefined) return undefined;
      values[dest] = action === 'append' ? [...((values[dest] as unknown[] | undefined) ?? []), value] : value;
    }
  }
  if (specs.some((spec) => isOption(spec) && spec.required === true && !given.has(spec))) return undefined;
  return readWords(
    specs.filter((spec) => !isOption(spec)),
    words ?? [],
    values,
  )
    ? values
    : undefined;
}

/** Each argument its word, as long as there are any, and the last one what is left. @returns whether that is beyond doubt */
function readWords(specs: readonly ArgumentSpec[], words: readonly string[], values: Record<string, unknown>): boolean {
  let at = 0;
  let mayLack = false;
  for (const [i, spec] of specs.entries()) {
    const { count } = spec;
    const isMany = count === '*' || count === '+';
    const needs = count === undefined || count === '+';
    if (count === '...' || (isMany && i < specs.length - 1) || (needs && mayLack) || spec.group !== undefined)
      return false;
    mayLack ||= !needs;
    const own = words.slice(at, isMany ? undefined : at + 1).map((word) => valueIn(spec, word));
    if ((needs && own.length === 0) || own.includes(undefined)) return false;
    at += own.length;
    if (isMany) values[destOf(spec)] = own;
    else if (own.length === 1) values[destOf(spec)] = own[0];
  }
  return at === words.length;
}

/** Numbers may be negative, and an empty word or a lone dash may be anything. */
const isOptionLike = (word: string): boolean => word === '' || word.startsWith('-');

/** Undefined for what is none, or only perhaps one. */
function valueIn({ type = 'text', choices }: ArgumentSpec, word: string | undefined): string | number | undefined {
  if (word === undefined || isOptionLike(word) || (choices && !choices.includes(word))) return undefined;
  if (type === 'text') return word;
  return type === 'int' && /^(0|[1-9]\d{0,8})$/.test(word) ? Number(word) : undefined;
}
