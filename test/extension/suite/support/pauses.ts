import * as inspector from 'node:inspector';

/** Microseconds between two looks at what the thread does. */
const SAMPLING = 1000;

interface Gap {
  /** In µs of the clock that the profiler uses. */
  readonly from: number;
  readonly to: number;
  /** In ms: CPU time spent in it, or all of it where that is less. */
  readonly ms: number;
}

/** The longest time the host was not to be spoken to for our sake, and what it did then. */
export interface Pause {
  readonly ms: number;
  /** Our functions on the stack in it, the busiest first, with their ms. */
  readonly busy: readonly string[];
}

/**
 * Runs something, and finds the longest piece of the extension's own work between two turns of the host's event loop.
 *
 * The host is shared with other extensions and with the test, and the machine with other programs. So a gap between two ticks
 * counts by the CPU time spent in it, and of that the share in which the profiler found code of ours on the stack.
 */
export async function longestPause(work: () => Promise<unknown>): Promise<Pause> {
  const session = new inspector.Session();
  session.connect();
  const gaps: Gap[] = [];
  let last = now();
  const tick = (): void => {
    const next = now();
    gaps.push({ from: last.clock, to: next.clock, ms: Math.min(next.clock - last.clock, next.cpu - last.cpu) / 1000 });
    last = next;
  };
  await post(session, 'Profiler.enable');
  await post(session, 'Profiler.setSamplingInterval', { interval: SAMPLING });
  await post(session, 'Profiler.start');
  last = now();
  const timer = setInterval(tick, 4);
  try {
    await work();
    tick();
  } finally {
    clearInterval(timer);
  }
  const { profile } = await post<{ profile: inspector.Profiler.Profile }>(session, 'Profiler.stop');
  session.disconnect();
  return longestOf(gaps, profile);
}

const post = <T>(session: inspector.Session, method: string, params?: object): Promise<T> =>
  new Promise((resolve, reject) =>
    session.post(method, params, (error, result) => (error ? reject(error) : resolve(result as T))),
  );

/** CPU time of this thread; of all threads where Node cannot tell them apart. */
function now(): { readonly clock: number; readonly cpu: number } {
  const ask = (process as { threadCpuUsage?: () => NodeJS.CpuUsage }).threadCpuUsage ?? process.cpuUsage;
  const { user, system } = ask.call(process);
  return { clock: Number(process.hrtime.bigint() / 1000n), cpu: user + system };
}

function longestOf(gaps: readonly Gap[], profile: inspector.Profiler.Profile): Pause {
  const stacks = stacksOf(profile);
  const times: number[] = [];
  let at = profile.startTime;
  for (const delta of profile.timeDeltas ?? []) times.push((at += delta));
  let longest: Pause = { ms: 0, busy: [] };
  let first = 0;
  for (const { from, to, ms } of gaps) {
    while (first < times.length && (times[first] as number) < from) first++;
    if (ms <= longest.ms) continue;
    let [ours, all] = [0, 0];
    const busy = new Map<string, number>();
    for (let i = first; i < times.length && (times[i] as number) < to; i++) {
      const stack = stacks.get(profile.samples?.[i] ?? 0) ?? NO_STACK;
      if (stack.isNobodys) continue;
      all++;
      if (!stack.isOurs) continue;
      ours++;
      for (const name of stack.ours) busy.set(name, (busy.get(name) ?? 0) + SAMPLING / 1000);
    }
    const own = all === 0 ? 0 : Math.round((ms * ours) / all);
    if (own > longest.ms)
      longest = {
        ms: own,
        busy: [...busy]
          .sort(([, a], [, b]) => b - a)
          .slice(0, 12)
          .map(([name, count]) => `${name} ${count}`),
      };
  }
  return longest;
}

interface Stack {
  readonly isOurs: boolean;
  /** The garbage collector and the like: whose work it is cannot be told. */
  readonly isNobodys: boolean;
  readonly ours: ReadonlySet<string>;
}

const NO_STACK: Stack = { isOurs: false, isNobodys: true, ours: new Set() };
const NOBODY = new Set(['(garbage collector)', '(program)', '(idle)', '(root)']);
const OURS = /[/\\]dist[/\\]extension\.js$/;
const TESTS = /[/\\]dist[/\\]test[/\\]/;

/** What was on the stack, for each node of a profile's tree. */
function stacksOf({ nodes }: inspector.Profiler.Profile): Map<number, Stack> {
  const parents = new Map<number, inspector.Profiler.ProfileNode>();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  for (const node of nodes) for (const child of node.children ?? []) parents.set(child, node);
  const stacks = new Map<number, Stack>();
  for (const { id, callFrame } of nodes) {
    const ours = new Set<string>();
    let isOurs = false;
    for (let node = byId.get(id); node; node = parents.get(node.id)) {
      const { url, functionName, lineNumber } = node.callFrame;
      // The test's own calls of Git and of the command line are not the extension's, whatever started them.
      if (TESTS.test(url)) break;
      if (!OURS.test(url)) continue;
      isOurs = true;
      ours.add(functionName || `line ${lineNumber + 1}`);
    }
    stacks.set(id, { isOurs, isNobodys: NOBODY.has(callFrame.functionName), ours });
  }
  return stacks;
}
