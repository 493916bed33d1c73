import { l10n } from 'vscode';
import { askNewRemote, askRemoteToRemove, chooseRemote, type NewRemote, type RemoteName } from './ask-remote.ts';
import { askNewName, askOption, type RemoteOption, type RemoteRename } from './ask-remote-change.ts';
import { type AnyCommand, verb, type Work } from './command.ts';
import { stageInGit } from './stage-in-git.ts';

/** Commands that change which remotes there are and how they are used. */
export const REMOTE_COMMANDS: Readonly<Record<string, AnyCommand>> = {
  'lode.remoteAdd': verb({
    title: ({ name }: NewRemote) => l10n.t('Adding the remote {0}', name),
    progress: 'window',
    ask: askNewRemote,
    run: async (work, remote) => {
      work.engine.remoteAdd(work.repo, remote, work.ctx);
      await stageInGit(work, { touched: [work.model.absolute('.dvc/config')] });
    },
    done: (_, { name }) => l10n.t('Added the remote {0}', name),
  }),
  'lode.remoteDefault': verb({
    title: ({ name }: RemoteName) => l10n.t('Making {0} the default remote', name),
    progress: 'window',
    ask: (call) => chooseRemote(call, l10n.t('Which remote should be used when none is named?')),
    run: async ({ engine, repo, ctx }, { name }) => engine.setRemoteDefault(repo, { name }, ctx),
    done: (_, { name }) => l10n.t('{0} is the default remote', name),
  }),
  'lode.remoteRemove': verb({
    title: ({ name }: RemoteName) => l10n.t('Removing the remote {0}', name),
    progress: 'window',
    ask: askRemoteToRemove,
    run: async ({ engine, repo, ctx }, { name }) => engine.remoteRemove(repo, { name }, ctx),
    done: (_, { name }) => l10n.t('Removed the remote {0}', name),
  }),
  'lode.remoteRename': verb({
    title: ({ name }: RemoteRename) => l10n.t('Renaming the remote {0}', name),
    progress: 'window',
    ask: askNewName,
    run: async (work, names) => {
      work.engine.remoteRename(work.repo, names, work.ctx);
      await stageConfig(work);
    },
    done: (_, { name, newName }) => l10n.t('The remote {0} is called {1}', name, newName),
  }),
  'lode.remoteModify': verb({
    title: ({ name }: RemoteOption) => l10n.t('Changing the remote {0}', name),
    progress: 'window',
    ask: askOption,
    run: async (work, change) => {
      work.engine.remoteModify(work.repo, change, work.ctx);
      await stageConfig(work);
    },
    done: (_, { name, option, value }) =>
      value === undefined
        ? l10n.t('{0} of the remote {1} is as usual again', option, name)
        : l10n.t('{0} of the remote {1} is {2}', option, name, value),
  }),
};

const stageConfig = async (work: Work): Promise<void> => {
  await stageInGit(work, { touched: [work.model.absolute('.dvc/config')] });
};
