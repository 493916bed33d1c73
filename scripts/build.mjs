// The build as the other scripts call it.
import { ROOT, run } from './command.mjs';

/** Runs esbuild.mjs with flags such as `--tests` or `--minify`. */
export async function build(...flags) {
  const code = await run(process.execPath, ['esbuild.mjs', ...flags], { cwd: ROOT });
  if (code !== 0) throw new Error('The build failed.');
}
