import { checkoutMissing, type DvcError } from '../../engine/core/errors.ts';
import type { CheckoutResult, MissingData } from '../../engine/verbs/checkout.ts';
import type { CliIo } from '../io.ts';

/** `M\tdata/` and its like, one line for each output that changed. */
export function printChanges(io: CliIo, { modified, added, deleted }: CheckoutResult): void {
  const groups = [
    ['M', modified, io.style.yellow],
    ['A', added, io.style.green],
    ['D', deleted, io.style.red],
  ] as const;
  for (const [letter, paths, colour] of groups) for (const path of paths) io.print(`${colour(letter)}       ${path}`);
}

/** `2 files modified and 1 file added`; '' where nothing happened. */
export function summaryOf(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${count === 1 ? 'file' : 'files'} ${what}`);
  const last = parts.pop();
  return last === undefined ? '' : parts.length === 0 ? last : `${parts.join(', ')} and ${last}`;
}

export const checkoutFailure = (failed: readonly MissingData[]): DvcError => checkoutMissing(failed);
