import { pyRepr } from '../engine/core/python.ts';

/** `'a', 'b' and 'c'`. */
export function joinNames(names: readonly string[]): string {
  const quoted = names.map(pyRepr);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`;
}
