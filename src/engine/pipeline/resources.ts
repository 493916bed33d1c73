import { isPyList, isPyMap, type PyValue, pyStr } from '../core/python.ts';
import type { PipelineStage } from '../graph/stage.ts';

/** How much of each named thing a stage occupies while it runs. */
export type Tokens = ReadonlyMap<string, number>;

/**
 * What a stage's `meta` asks for: `mutex: name` (or a list of names) for things one stage may use at a time, `resources: {gpu: 2}` (or a
 * list of names, one of each) for things there are several of. DVC ignores `meta`. Anything else in it is not looked at.
 */
export function tokensOf({ meta }: Pick<PipelineStage, 'meta'>): Tokens {
  const tokens = new Map<string, number>();
  if (!isPyMap(meta)) return tokens;
  const resources = meta.get('resources');
  if (isPyMap(resources))
    for (const [name, amount] of resources) {
      const count = Number(amount);
      if (count > 0) tokens.set(`resource ${pyStr(name)}`, count);
    }
  else for (const name of namesOf(resources)) tokens.set(`resource ${name}`, 1);
  for (const name of namesOf(meta.get('mutex'))) tokens.set(`mutex ${name}`, 1);
  return tokens;
}

const namesOf = (value: PyValue | undefined): string[] =>
  typeof value === 'string' ? [value] : isPyList(value) ? value.map(pyStr) : [];

/** How much there is of each resource; of what is not named here, one. */
export type Capacities = ReadonlyMap<string, number>;

/** Hands out tokens, never more than there are. */
export class TokenPool {
  readonly #capacities: Capacities;
  readonly #taken = new Map<string, number>();

  constructor(capacities: Capacities = new Map()) {
    this.#capacities = capacities;
  }

  /** False, with nothing taken, where not all of them are free. A stage that asks for more than there is gets all there is. */
  tryTake(tokens: Tokens): boolean {
    for (const name of tokens.keys()) {
      const free = this.#capacity(name) - (this.#taken.get(name) ?? 0);
      if (this.#amount(tokens, name) > free) return false;
    }
    for (const name of tokens.keys()) this.#taken.set(name, (this.#taken.get(name) ?? 0) + this.#amount(tokens, name));
    return true;
  }

  give(tokens: Tokens): void {
    for (const name of tokens.keys()) this.#taken.set(name, (this.#taken.get(name) ?? 0) - this.#amount(tokens, name));
  }

  #amount = (tokens: Tokens, name: string): number => Math.min(tokens.get(name) ?? 0, this.#capacity(name));
  #capacity = (name: string): number => this.#capacities.get(name.replace(/^resource /, '')) ?? 1;
}
