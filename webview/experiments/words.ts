import type { ExperimentsWords } from '../../src/protocol/experiments-page.ts';

export type Words = ExperimentsWords;

/** A text with its places filled in. */
export const say = (text: string, ...values: readonly (string | number)[]): string =>
  text.replace(/\{(\d)\}/g, (whole, at: string) => String(values[Number(at)] ?? whole));
