/**
 * Runs the CLI again and again inside one process, each time from a fresh module and under a fault plan of its own.
 *
 * Starting Node costs more than a small command does; this makes thousands of trials affordable. A kill is a freeze: from
 * that operation on nothing the trial does reaches the disk, which leaves the same files as SIGKILL would.
 * Talks over IPC: a job `{ argv, cwd, plan }` is answered by `{ code, killed, stdout, stderr, ops, … }`.
 */
'use strict';
const layer = require('./fault-layer.cjs');
const fs = require('node:fs');
const { createRequire } = require('node:module');
const vm = require('node:vm');

/** What the entry loads: compiled once here, run afresh in every trial. */
const cli = process.argv[2].replace(/cli\.js$/, 'cli-main.js');
const program = vm.compileFunction(
  fs.readFileSync(cli, 'utf8').replace(/^#!.*/, ''),
  ['exports', 'require', 'module', '__filename', '__dirname'],
  { filename: cli },
);
const requireFromCli = createRequire(cli);
const EVENTS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE', 'uncaughtException', 'unhandledRejection', 'exit', 'warning'];

/** What the trial prints, by stream. */
for (const [name, stream] of [
  ['stdout', process.stdout],
  ['stderr', process.stderr],
]) {
  const write = stream.write.bind(stream);
  stream.write = (chunk, ...rest) => {
    const trial = layer.currentTrial();
    if (!trial) return write(chunk, ...rest);
    if (!trial.frozen) trial[name].push(Buffer.from(chunk).toString());
    const done = rest.at(-1);
    if (typeof done === 'function') process.nextTick(done);
    return true;
  };
}
const writeSync = fs.writeSync;
fs.writeSync = (fd, data, ...rest) => {
  const trial = fd === 1 || fd === 2 ? layer.currentTrial() : undefined;
  if (!trial) return writeSync(fd, data, ...rest);
  trial[fd === 1 ? 'stdout' : 'stderr'].push(Buffer.from(data).toString());
  return Buffer.byteLength(data);
};

/** The program ends by `process.exit`; here that ends the trial. */
const EXITED = Symbol('exited');
process.exit = (code) => {
  const trial = layer.currentTrial();
  trial?.finish(code ?? 0);
  throw EXITED;
};
/**
 * Each trial believes to be a process of its own: leftovers and locks of the ones before belong to numbers that nobody has.
 * They lie above any number a kernel gives.
 */
let trialPid = 0x7000_0000 + (process.pid << 8);
const ownPid = process.pid;
Object.defineProperty(process, 'pid', { configurable: true, get: () => layer.currentTrial()?.pid ?? ownPid });
const kill = process.kill.bind(process);
process.kill = (pid, signal) => {
  if (signal === 0 && pid === layer.currentTrial()?.pid) return true;
  return kill(pid, signal);
};

let running;
const crashed = (error) => {
  if (error === EXITED || error?.code === 'EKILLED') return;
  if (running) {
    running.stderr.push(`crash: ${error?.stack ?? error}`);
    running.finish(7);
  }
};

async function run({ argv, cwd, plan }) {
  const before = new Map(EVENTS.map((event) => [event, process.listeners(event)]));
  const streams = [process.stdout, process.stderr].map((stream) => [stream, stream.listeners('error')]);
  process.chdir(cwd);
  process.argv = [process.execPath, cli, ...argv];
  const outcome = await new Promise((resolve) => {
    const hooks = {
      stdout: [],
      stderr: [],
      pid: ++trialPid,
      finish: (code) => resolve({ code, killed: false }),
      onFreeze: () => resolve({ code: null, killed: true }),
    };
    const { ctx } = layer.runWith(plan, hooks, () => {
      running = layer.currentTrial();
      const module = { exports: {} };
      try {
        program(module.exports, requireFromCli, module, cli, require('node:path').dirname(cli));
        module.exports
          .run(argv)
          .then((status) => process.exit(status))
          .catch(crashed);
      } catch (error) {
        crashed(error);
      }
    });
    running = ctx;
  });
  const trial = running;
  if (!outcome.killed)
    for (const listener of process.listeners('exit'))
      if (!before.get('exit').includes(listener)) layer.inside(trial, () => listener(outcome.code));
  for (const [event, listeners] of before)
    for (const listener of process.listeners(event))
      if (!listeners.includes(listener)) process.removeListener(event, listener);
  for (const [stream, listeners] of streams)
    for (const listener of stream.listeners('error'))
      if (!listeners.includes(listener)) stream.removeListener('error', listener);
  // Programs the trial started outlive a kill, as they would outside; their work is part of what it leaves.
  const deadline = Date.now() + 3000;
  while (trial.children.size > 0 && Date.now() < deadline) await new Promise((next) => setTimeout(next, 2));
  trial.frozen = true; // Whatever a finished program still has running must not touch the next trial's files.
  layer.closeAll(trial);
  running = undefined;
  const [ops, eligible, fired, written] = trial.counters;
  return {
    ...outcome,
    stdout: trial.stdout.join(''),
    stderr: trial.stderr.join(''),
    ops,
    eligible,
    fired,
    written,
    trace: trial.trace,
    log: trial.log,
  };
}

process.on('uncaughtException', crashed);
process.on('unhandledRejection', crashed);
process.on('message', (job) => {
  run(job).then(
    (outcome) => process.send({ id: job.id, outcome }),
    (error) =>
      process.send({ id: job.id, outcome: { code: 7, killed: false, stdout: '', stderr: String(error?.stack) } }),
  );
});
process.on('disconnect', () => kill(ownPid, 'SIGKILL'));
process.send({ ready: true });
