import { DvcError } from '../../engine/core/errors.ts';
import { findRoot } from '../../engine/repo-root.ts';
import { type DoctorCheck, doctor } from '../../engine/verbs/doctor.ts';
import type { CliIo } from '../io.ts';
import type { CommandSpec } from '../spec.ts';
import { versionReport } from './version.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'doctor',
  help: 'Display what `lode version` does, and look for what may be wrong with the repository and its surroundings.',
  examples: ['lode doctor'],
  arguments: [],
  failureExit: 255,
  async run(_args, io) {
    const ctx = io.context();
    try {
      io.print(versionReport(ctx));
    } catch (error) {
      if (!DvcError.is(error)) throw error;
      io.print(`\n${io.style.red('error')}    Configuration: ${error.message}`);
      return 0;
    }
    if (findRoot(ctx.cwd) === undefined) return 0;
    const { checks } = await withRepo(io, (repo) => doctor(repo, ctx));
    io.print('');
    for (const check of checks) printCheck(io, check);
    return 0;
  },
};

function printCheck(io: CliIo, { title, status, detail, fix }: DoctorCheck): void {
  const colour = { ok: io.style.green, warning: io.style.yellow, error: io.style.red }[status];
  io.print(`${colour(status)}${' '.repeat(9 - status.length)}${io.style.bold(title)}: ${detail}`);
  if (fix) io.print(`         ${io.style.dim(`${fix.label}: \`${fix.command}\``)}`);
}
