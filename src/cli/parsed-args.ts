import { type ArgumentSpec, destOf } from './spec.ts';

/** Typed access to what was typed. Asking for an argument the command does not declare is a bug, and throws. */
export class ParsedArgs {
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(declared: readonly ArgumentSpec[], values: Readonly<Record<string, unknown>> = {}) {
    this.#values = new Map(declared.map((spec) => [destOf(spec), values[destOf(spec)] ?? spec.otherwise]));
  }

  flag(name: string): boolean {
    return this.#get(name) === true;
  }

  /** How often a counted option was given. */
  count(name: string): number {
    const value = this.#get(name);
    return typeof value === 'number' ? value : 0;
  }

  /** The text of an optional argument. */
  text(name: string): string | undefined {
    const value = this.#get(name);
    return typeof value === 'string' ? value : undefined;
  }

  /** The text of an argument that the grammar makes sure of. */
  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw new Error(`argument '${name}' is not required by its command`);
    return value;
  }

  number(name: string): number | undefined {
    const value = this.#get(name);
    return typeof value === 'number' ? value : undefined;
  }

  /** The words of an argument that takes several, or was repeated; empty when it is absent. */
  list(name: string): readonly string[] {
    const value = this.#get(name);
    return Array.isArray(value) ? value.map(String) : [];
  }

  #get(name: string): unknown {
    if (!this.#values.has(name)) throw new Error(`the command declares no argument '${name}'`);
    return this.#values.get(name);
  }
}
