// `npm run bench [-- ARGUMENTS]`: builds as it is shipped, finds real DVC, and runs test/bench/main.ts, which prints the ratios.
import path from 'node:path';
import { ROOT, run, sayErrorsPlainly } from './command.mjs';
import { ensureDependencies } from './dependencies.mjs';

sayErrorsPlainly();
await ensureDependencies();
const { default: esbuild } = await import('esbuild');
const { build } = await import('./build.mjs');
const { ensureDvc } = await import('./dvc-oracle.mjs');
// Transfers to servers have a table of their own, and so have the pages.
const entry = process.argv.includes('--remotes')
  ? 'remotes.ts'
  : process.argv.includes('--pages')
    ? 'pages.ts'
    : 'main.ts';
await build('--minify');
if (entry === 'remotes.ts') (await import('./servers.mjs')).ensureServers(['versitygw']);
await esbuild.build({
  entryPoints: [path.join(ROOT, 'test/bench', entry)],
  outfile: path.join(ROOT, 'dist/test/bench.js'),
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['playwright-core'],
  logLevel: 'warning',
});
const oracle = ensureDvc();
if ('missing' in oracle) console.log(`Without real DVC (${oracle.missing}): only the raw limits are compared with.`);
const env = {
  ...process.env,
  ...('missing' in oracle ? {} : { LODE_DVC: oracle.dvc, LODE_DVC_PYTHON: oracle.python }),
};
process.exitCode = await run(process.execPath, [path.join(ROOT, 'dist/test/bench.js'), ...process.argv.slice(2)], {
  cwd: ROOT,
  env,
});
