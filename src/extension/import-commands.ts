import { l10n } from 'vscode';
import { askGet, askImport, askImports, askImportUrl, type WantedCopy } from './ask-import.ts';
import { nameTargets, type Targets } from './ask-targets.ts';
import { type AnyCommand, verb } from './command.ts';
import { formatFiles } from './format.ts';
import { stageInGit } from './stage-in-git.ts';

/** Commands that bring data from elsewhere. */
export const IMPORT_COMMANDS: Readonly<Record<string, AnyCommand>> = {
  'lode.import': verb({
    title: ({ path, url }: WantedCopy) => l10n.t('Importing {0} from {1}', path, url),
    ask: askImport,
    run: async (work, wanted) => stageInGit(work, await work.engine.importFrom(work.repo, wanted, work.ctx)),
    done: ({ output }) => l10n.t('Imported {0}', output),
  }),
  'lode.importUrl': verb({
    title: ({ url }) => l10n.t('Importing {0}', url),
    ask: askImportUrl,
    run: async (work, wanted) => stageInGit(work, await work.engine.importUrl(work.repo, wanted, work.ctx)),
    done: ({ output }) => l10n.t('Imported {0}', output),
  }),
  'lode.get': verb({
    title: ({ path, url }: WantedCopy) => l10n.t('Downloading {0} from {1}', path, url),
    ask: askGet,
    run: ({ engine, ctx }, wanted) => engine.get(wanted, ctx),
    done: ({ files }) => l10n.t('Downloaded {0}', formatFiles(files)),
  }),
  'lode.update': verb({
    title: (args: Targets) => l10n.t('Updating {0}', nameTargets(args)),
    ask: askImports,
    run: async (work, { targets }) => stageInGit(work, await work.engine.update(work.repo, { targets }, work.ctx)),
    done: ({ imports }) =>
      imports.some(({ changed }) => changed)
        ? l10n.t(
            'Updated {0}',
            imports
              .filter(({ changed }) => changed)
              .map(({ pointer }) => pointer)
              .join(', '),
          )
        : l10n.t('The sources have nothing newer.'),
  }),
};
