import type { DvcError } from '../core/errors.ts';
import { isPyList, isPyMap, type PyKey, type PyValue, pyStr } from '../core/python.ts';
import { ExpressionError, evaluateElement, evaluateText, isExpression } from './omega-expression.ts';
import { callResolver } from './omega-resolvers.ts';

/** Stands where a value has to be given yet. */
export const MISSING = '???';

/** A dict or a list that may be changed. */
export type Container = Map<PyKey, PyValue> | PyValue[];
export const isContainer = (value: PyValue | undefined): value is Container => isPyMap(value) || isPyList(value);

/** A copy whose dicts and lists are nobody else's. */
export function copyOf<T extends PyValue>(value: T): T;
export function copyOf(value: PyValue): PyValue {
  if (isPyList(value)) return value.map((item) => copyOf(item));
  return isPyMap(value) ? new Map([...value].map(([key, item]) => [key, copyOf(item)])) : value;
}

export interface ResolveOptions {
  /** Where a value is `???`: it stays, or is refused. */
  readonly missing: 'keep' | 'refuse';
  /** Makes the error for what cannot be resolved. */
  readonly refuse: (problem: string, where: string) => DvcError;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Replaces every `${}` below `root`, in place and in the order of the file, by what it stands for, as OmegaConf does.
 *
 * @throws what `refuse` makes
 */
export function resolveExpressions(root: Map<PyKey, PyValue>, options: ResolveOptions): void {
  new Resolver(root, options).container(root, []);
}

/** The value of one text with the choices made so far. @throws ExpressionError */
export function resolveAlone(text: string, root: Map<PyKey, PyValue>): PyValue {
  const refuse = (problem: string): never => {
    throw new ExpressionError(problem);
  };
  return new Resolver(root, { missing: 'refuse', refuse }).expression(text, ['']).value;
}

type Words = readonly string[];
interface Found {
  readonly value: PyValue;
  /** Where a dict or list stands, which decides what is beside it. */
  readonly at: Words;
}

/** What is named has no value yet. */
class MissingValue extends Error {}

const MOST_HOPS = 100;

class Resolver {
  readonly #root: Map<PyKey, PyValue>;
  readonly #options: ResolveOptions;
  #hops = 0;

  constructor(root: Map<PyKey, PyValue>, options: ResolveOptions) {
    this.#root = root;
    this.#options = options;
  }

  container(container: Container, at: Words): void {
    const keys: Iterable<PyKey> = isPyMap(container) ? [...container.keys()] : container.keys();
    for (const key of keys) {
      const here = [...at, pyStr(key)];
      const value = isPyMap(container) ? container.get(key) : container[key as number];
      if (value === MISSING && this.#options.missing === 'refuse')
        throw this.#options.refuse(`Missing mandatory value: ${here.join('.')}`, here.join('.'));
      if (isExpression(value)) this.#replace(container, key, value, here);
      else if (isContainer(value)) this.container(value, here);
    }
  }

  #replace(container: Container, key: PyKey, text: string, here: Words): void {
    const set = (value: PyValue): void => {
      if (isPyMap(container)) container.set(key, value);
      else container[key as number] = value;
    };
    try {
      const found = this.expression(text, here);
      if (isContainer(found.value)) this.container(found.value, found.at);
      set(copyOf(found.value));
    } catch (error) {
      if (error instanceof MissingValue && this.#options.missing === 'keep') set(MISSING);
      else if (error instanceof MissingValue || error instanceof ExpressionError)
        throw this.#options.refuse(`${error.message}\n    full_key: ${here.join('.')}`, here.join('.'));
      else throw error;
    }
  }

  expression(text: string, here: Words): Found {
    if (this.#hops >= MOST_HOPS) throw new ExpressionError(`Interpolation '${text}' leads back to itself`);
    this.#hops++;
    try {
      let at = here;
      const meanings = {
        at: (keyPath: string): PyValue => {
          const found = this.#find(keyPath, here, 'refuse');
          if (found === undefined) throw new ExpressionError(`Interpolation key '${keyPath}' not found`);
          at = found.at;
          return found.value;
        },
        call: (name: string, args: readonly PyValue[]): PyValue => {
          const value = callResolver(name, args, {
            env: this.#options.env ?? process.env,
            find: (keyPath) => this.#find(keyPath, here, 'skip')?.value,
            place: (keyPath) => this.#find(keyPath, here, 'skip')?.at,
            decode: (element) => evaluateElement(element, meanings),
          });
          at = here;
          return value;
        },
      };
      const value = evaluateText(text, meanings);
      if (isContainer(value) && at !== here && at.every((word, i) => here[i] === word))
        throw new ExpressionError('Interpolation to parent node detected');
      return { value, at };
    } finally {
      this.#hops--;
    }
  }

  /** What a key path leads to, `${}` on the way and at its end replaced. Undefined where it leads nowhere. */
  #find(keyPath: string, here: Words, missing: 'refuse' | 'skip'): Found | undefined {
    const dots = /^\.*/.exec(keyPath)?.[0].length ?? 0;
    if (dots > here.length) throw new ExpressionError(`'${keyPath}' leads out of the configuration`);
    let at: Words = dots === 0 ? [] : here.slice(0, here.length - dots);
    let value: PyValue | undefined = at.reduce<PyValue | undefined>(
      (parent, word) => childOf(parent, word),
      this.#root,
    );
    for (const word of wordsOf(keyPath.slice(dots))) {
      value = childOf(value, word);
      at = [...at, word];
      if (isExpression(value)) ({ value, at } = this.expression(value, at));
      if (value === undefined) return undefined;
      if (value !== MISSING) continue;
      if (missing === 'skip') return undefined;
      throw new MissingValue(
        `MissingMandatoryValue while resolving interpolation: Missing mandatory value: ${at.join('.')}`,
      );
    }
    return value === undefined ? undefined : { value, at };
  }
}

/** `a.b[0]` in its words. */
export const wordsOf = (keyPath: string): string[] =>
  keyPath === ''
    ? []
    : keyPath
        .replace(/\[([^\]]*)\]/g, '.$1')
        .replace(/^\./, '')
        .split('.');

function childOf(value: PyValue | undefined, word: string): PyValue | undefined {
  if (isPyList(value)) return /^-?\d+$/.test(word) ? value.at(Number(word)) : undefined;
  return isPyMap(value) ? value.get(keyIn(value, word)) : undefined;
}

/** The key of a dict that a word names: itself, or the number or truth value that is written so. */
export function keyIn(map: ReadonlyMap<PyKey, PyValue>, word: string): PyKey {
  if (map.has(word)) return word;
  for (const key of map.keys()) if (typeof key !== 'string' && key !== null && pyStr(key) === word) return key;
  return word;
}
