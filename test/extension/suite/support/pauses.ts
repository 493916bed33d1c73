/** CPU time of the thread that runs the tests and the extension, in ms; of all threads where Node cannot tell them apart. */
function cpuTime(): number {
  const ask = (process as { threadCpuUsage?: () => NodeJS.CpuUsage }).threadCpuUsage ?? process.cpuUsage;
  const { user, system } = ask.call(process);
  return (user + system) / 1000;
}

/**
 * Runs something, and gives the longest time in ms for which the host computed without looking up.
 *
 * A gap between two ticks counts by the CPU time spent in it: what other programs of the machine take away is not a pause of ours.
 */
export async function longestPause(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let [at, cpu] = [performance.now(), cpuTime()];
  const tick = (): void => {
    const [now, used] = [performance.now(), cpuTime()];
    longest = Math.max(longest, Math.min(now - at, used - cpu));
    [at, cpu] = [now, used];
  };
  const timer = setInterval(tick, 4);
  try {
    await work();
    tick();
  } finally {
    clearInterval(timer);
  }
  return Math.round(longest);
}
