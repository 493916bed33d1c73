import { fromCwd } from '../../engine/core/paths.ts';
import type { Repo } from '../../engine/repo.ts';
import type { CliIo } from '../io.ts';

const SAFE = /^[\w@%+=:,./-]+$/;
const shellQuote = (text: string): string => (SAFE.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`);

/** The hint after a verb that wrote files for Git; nothing where they have been staged already. */
export function tellWhatToStage(
  io: CliIo,
  repo: Repo,
  { touched }: { readonly touched: readonly string[] },
  cwd: string,
): void {
  if (touched.length === 0 || !repo.git.present || repo.config.core.autostage) return;
  const files = touched.map((file) => shellQuote(fromCwd(cwd, file))).join(' ');
  io.print(`\nTo track the changes with git, run:\n\n\tgit add ${files}`);
  io.print('\nTo enable auto staging, run:\n\n\tlode config core.autostage true');
}
