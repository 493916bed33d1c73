/** Repeatable randomness: the same seed gives the same sequence on every platform. */
export interface Random {
  readonly seed: number;
  /** In [0, 1). */
  next(): number;
  /** An integer in [0, below). */
  int(below: number): number;
  pick<T>(items: readonly T[]): T;
  bytes(length: number): Buffer;
}

export function seededRandom(seed: number): Random {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0 || 1;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (below: number): number => Math.floor(next() * below);
  return {
    seed,
    next,
    int,
    pick: (items) => {
      const item = items[int(items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
    bytes: (length) => Buffer.from(Array.from({ length }, () => int(256))),
  };
}

/** The seed of a run that does not choose one: the same run fails for everybody, or for nobody. */
const USUAL_SEED = 20_261_121;

/** LODE_SEED; `random` takes one from the clock, to look for what nobody has met yet. Print it with every failure. */
export const runSeed = (): number => {
  const wanted = process.env['LODE_SEED'] ?? String(USUAL_SEED);
  return wanted === 'random' ? Date.now() % 1_000_000 : Number(wanted);
};
