import { commands, l10n, type MessageItem, Uri, window } from 'vscode';
import type { RemoteAnswers } from './ask-remote.ts';
import { askNewRemote, askRemoteToRemove, chooseRemote, type NewRemote, type RemoteName } from './ask-remote.ts';
import {
  askNewName,
  askOption,
  askSignInAgain,
  type NewSignIn,
  type RemoteOption,
  type RemoteRename,
} from './ask-remote-change.ts';
import { type AnyCommand, verb, type Work } from './command.ts';
import { formatBytes, formatFiles } from './format.ts';
import { showSteps, stepsText } from './remote-steps.ts';
import { stageInGit } from './stage-in-git.ts';

/** Commands that change which remotes there are and how they are used. */
export const REMOTE_COMMANDS: Readonly<Record<string, AnyCommand>> = {
  'lode.remoteAdd': verb({
    title: ({ name }: NewRemote) => l10n.t('Adding the remote {0}', name),
    progress: 'window',
    ask: askNewRemote,
    run: async (work, remote) => {
      const { name, url, asDefault } = remote;
      work.engine.remoteAdd(work.repo, { name, url, asDefault }, work.ctx);
      await keepAnswers(work, remote);
      await stageConfig(work);
      if (remote.canBeTested) void testSoon(work, name);
    },
    done: (_, { name }) => l10n.t('Added the remote {0}', name),
  }),
  'lode.remoteSignIn': verb({
    title: ({ name }: NewSignIn) => l10n.t('Changing how {0} is signed in to', name),
    progress: 'window',
    ask: askSignInAgain,
    run: async (work, answers) => {
      await keepAnswers(work, answers);
      await stageConfig(work);
      void testSoon(work, answers.name);
    },
  }),
  'lode.remoteTest': verb({
    title: ({ name }: RemoteName) => l10n.t('Testing the remote {0}', name),
    ask: (call) => chooseRemote(call, l10n.t('Which remote should be tested?')),
    run: async ({ app, engine, repo, ctx, model }, { name }) => {
      const result = await engine.remoteTest(repo, { name }, ctx);
      if (result.failure) {
        app.remoteStates.set(model, name, { reached: false, problem: result.failure.message });
        void offerNextStep(model.root, name, result);
        return undefined;
      }
      app.remoteStates.set(model, name, { reached: true });
      const coverage = await engine.remoteCoverage(repo, { remote: name }, ctx);
      app.remoteStates.set(model, name, { reached: true, coverage });
      return { result, coverage };
    },
    done: (tested, { name }) =>
      tested &&
      l10n.t(
        'The remote {0} works. It has {1} ({2}); {3} are to be pushed.',
        name,
        formatFiles(tested.coverage.there.files),
        formatBytes(tested.coverage.there.bytes),
        formatFiles(tested.coverage.notThere.files),
      ),
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
    run: async ({ app, engine, model, repo, ctx }, { name }) => {
      engine.remoteRemove(repo, { name }, ctx);
      await app.secrets.forget(model.root, name);
      app.remoteStates.set(model, name, undefined);
    },
    done: (_, { name }) => l10n.t('Removed the remote {0}', name),
  }),
  'lode.remoteRename': verb({
    title: ({ name }: RemoteRename) => l10n.t('Renaming the remote {0}', name),
    progress: 'window',
    ask: askNewName,
    run: async (work, names) => {
      work.engine.remoteRename(work.repo, names, work.ctx);
      await work.app.secrets.rename(work.model.root, names.name, names.newName);
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
      work.app.remoteStates.set(work.model, change.name, undefined);
      await stageConfig(work);
    },
    done: (_, { name, option, value }) =>
      value === undefined
        ? l10n.t('{0} of the remote {1} is as usual again', option, name)
        : l10n.t('{0} of the remote {1} is {2}', option, name, value),
  }),
};

/** Puts answers where they belong: the configuration, that of this machine, and the secret storage. */
async function keepAnswers(
  { app, engine, model, repo, ctx }: Work,
  { name, shared, personal, secrets }: RemoteAnswers & RemoteName,
): Promise<void> {
  for (const [option, value] of Object.entries(shared)) engine.remoteModify(repo, { name, option, value }, ctx);
  for (const [option, value] of Object.entries(personal))
    engine.remoteModify(repo, { name, option, value, level: 'local' }, ctx);
  repo.invalidate();
  const config = repo.config.remotes.get(name.toLowerCase());
  if (config) await app.secrets.save(model.root, engine.addressOf(config), secrets);
  app.remoteStates.set(model, name, undefined);
}

/** Brings what is known of a remote up to date after a push, where somebody has asked for it before. */
export async function lookAgain({ app, engine, model, repo, ctx }: Work, remote: string | undefined): Promise<void> {
  const name = remote ?? repo.config.defaultRemote;
  if (name === undefined || app.remoteStates.of(model, name)?.coverage === undefined) return;
  const coverage = await engine.remoteCoverage(repo, { remote: name }, ctx);
  app.remoteStates.set(model, name, { reached: true, coverage });
}

/** A test of its own, when the verb that asks for it has ended. */
const testSoon = ({ model }: Work, name: string): Thenable<unknown> =>
  commands.executeCommand('lode.remoteTest', { remoteName: name, rootUri: Uri.file(model.root) });

/** What failed, and what can be done about it. */
async function offerNextStep(root: string, name: string, result: Parameters<typeof stepsText>[0]): Promise<void> {
  const on = { remoteName: name, rootUri: Uri.file(root) };
  const signIn: MessageItem = { title: l10n.t('Change Credentials…') };
  const again: MessageItem = { title: l10n.t('Test Again') };
  const details: MessageItem = { title: l10n.t('Show Steps') };
  const chosen = await window.showErrorMessage(stepsText(result), signIn, again, details);
  if (chosen === signIn) await commands.executeCommand('lode.remoteSignIn', on);
  else if (chosen === again) await commands.executeCommand('lode.remoteTest', on);
  else if (chosen === details) await showSteps(result);
}

const stageConfig = async (work: Work): Promise<void> => {
  await stageInGit(work, { touched: [work.model.absolute('.dvc/config')] });
};
