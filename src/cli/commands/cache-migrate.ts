import { fromCwd } from '../../engine/core/paths.ts';
import { cacheMigrate } from '../../engine/verbs/cache-migrate.ts';
import type { CommandSpec } from '../spec.ts';
import { tellWhatToStage } from './tell-what-to-stage.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'migrate',
  help: 'Give cached objects of DVC 2 the names of DVC 3.',
  examples: ['lode cache migrate --dry', 'lode cache migrate --dvc-files  # rewrite .dvc and dvc.lock files too'],
  arguments: [
    { flags: ['--dvc-files'], action: 'flag', help: 'Rewrite the records of all .dvc and dvc.lock files as well.' },
    { flags: ['--dry'], action: 'flag', help: 'Only say what would be done.' },
  ],
  failureExit: 255,
  async run(args, io) {
    const [dvcFiles, dry] = [args.flag('dvc_files'), args.flag('dry')];
    await withRepo(io, async (repo, ctx) => {
      const result = await cacheMigrate(repo, { dvcFiles, dry }, ctx);
      io.print(
        dry
          ? `${result.legacy} files will be re-hashed and migrated to the DVC 3.0 cache location.`
          : `Migrated ${result.migrated} files to DVC 3.0 cache location.`,
      );
      if (!dvcFiles) return;
      const names = result.files.map((file) => fromCwd(ctx.cwd, repo.absolute(file)));
      if (names.length === 0 && result.incomplete.length === 0)
        io.print('No DVC files in the repo to migrate to the 3.0 format.');
      else if (dry) {
        io.print('Entries in following DVC files will be migrated to the 3.0 format:');
        for (const name of names.sort()) io.print(`\t${name.endsWith('.dvc') ? name : `${name} (dvc.lock)`}`);
      } else
        for (const name of names)
          io.print(name.endsWith('.dvc') ? `Updating DVC file '${name}'` : `Updating lock file '${lockOf(name)}'`);
      tellWhatToStage(io, repo, result, ctx.cwd);
    });
    return 0;
  },
};

const lockOf = (name: string): string => name.replace(/dvc\.yaml$/, 'dvc.lock');
