// `npm run faults [-- --long] [--verb add] [--seed N] [--report FILE]`: the fault layer alone, trial numbers printed.
// --long tries every operation of every verb instead of a seeded sample; --verb takes a verb or a part of a scenario's name.
import { ROOT, run } from './command.mjs';

const args = process.argv.slice(2);
const option = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
const env = { ...process.env, LODE_TEST_VERBOSE: '1' };
if (args.includes('--long')) env.LODE_FAULT_LONG = '1';
for (const [flag, variable] of [
  ['--verb', 'LODE_FAULT_VERB'],
  ['--seed', 'LODE_SEED'],
  ['--report', 'LODE_FAULT_REPORT'],
]) {
  const value = option(flag);
  if (value !== undefined) env[variable] = value;
}
process.exitCode = await run(process.execPath, ['scripts/test.mjs', 'faults'], { cwd: ROOT, env });
