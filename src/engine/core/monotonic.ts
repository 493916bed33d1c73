/** Milliseconds on a clock that never goes back, from an unknown start. Node's `performance` takes longer to load than many a use of it. */
export const monotonicMs = (): number => process.uptime() * 1000;
