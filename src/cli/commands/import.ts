import { type ImportOptions, importFrom } from '../../engine/verbs/import.ts';
import type { CommandSpec } from '../spec.ts';
import { stageContext } from '../stage-output.ts';
import {
  DESC,
  FORCE,
  given,
  NO_DOWNLOAD,
  NO_EXEC,
  OUT,
  POINTER_FILE,
  pairsOf,
  REV,
  SOURCE_CONFIG,
  SOURCE_PATH,
  SOURCE_URL,
} from './source-arguments.ts';
import { JOBS } from './target-arguments.ts';
import { tellWhatToStage } from './tell-what-to-stage.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'import',
  help: 'Download a file or folder of another repository and track it, with where it came from.',
  description: 'Data that DVC tracks there as well as files that Git does. `lode update` brings what is newer.',
  examples: [
    'lode import https://github.com/example/data images',
    'lode import git@example.com:team/models.git model.pkl --rev v2',
    'lode import ../other data/train.csv -o train.csv',
    'lode import --no-download ../other big   # only record it; `lode pull` or `lode update` fetches it',
  ],
  arguments: [
    OUT,
    FORCE,
    REV,
    NO_EXEC,
    NO_DOWNLOAD,
    JOBS,
    ...SOURCE_CONFIG,
    POINTER_FILE,
    DESC,
    SOURCE_URL,
    SOURCE_PATH,
  ],
  failureExit: 1,
  async run(args, io) {
    const options = given<ImportOptions>({
      url: args.required('url'),
      path: args.required('path'),
      out: args.text('out'),
      force: args.flag('force'),
      rev: args.text('rev'),
      noExec: args.flag('no_exec'),
      noDownload: args.flag('no_download'),
      jobs: args.number('jobs'),
      config: args.text('config'),
      remote: args.text('remote'),
      remoteConfig: pairsOf(args, 'remote_config'),
      file: args.text('file'),
      desc: args.text('desc'),
    });
    await withRepo(io, async (repo, ctx) => {
      const result = await importFrom(repo, options, stageContext(io, ctx));
      tellWhatToStage(io, repo, result, ctx.cwd);
    });
    return 0;
  },
};
