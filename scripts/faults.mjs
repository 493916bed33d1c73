// `npm run faults [-- --long]`: the fault layer alone; --long makes its trials many more than `npm test` has time for.
import { ROOT, run } from './command.mjs';

const env = {
  ...process.env,
  LODE_TEST_VERBOSE: '1',
  ...(process.argv.includes('--long') ? { LODE_FAULTS_LONG: '1' } : {}),
};
process.exitCode = await run(process.execPath, ['scripts/test.mjs', 'faults'], { cwd: ROOT, env });
