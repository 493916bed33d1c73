import { commands, l10n, Uri } from 'vscode';
import { askAddInto, copyInto } from './add-into.ts';
import { askMove } from './ask-move.ts';
import { askPart, askStage, type Part } from './ask-part.ts';
import { remoteOf } from './ask-remote.ts';
import {
  confirmed,
  nameTargets,
  selectedOrAll,
  selectedOrPicked,
  selectedOrUntracked,
  type Targets,
} from './ask-targets.ts';
import { CACHE_COMMANDS } from './cache-commands.ts';
import type { RepoCall } from './call.ts';
import { type AnyCommand, anywhere, onRepo, verb, type Work } from './command.ts';
import { commitWithGit } from './commit-with-git.ts';
import { DIFF_COMMANDS } from './experiments/diff-commands.ts';
import { EXPERIMENT_COMMANDS } from './experiments/experiment-commands.ts';
import { PARAM_COMMANDS } from './experiments/param-commands.ts';
import { formatBytes, formatCount, formatFiles } from './format.ts';
import { IMPORT_COMMANDS } from './import-commands.ts';
import { initRepository } from './init-repository.ts';
import { lockFilesOf, mergedText, mergeLocks } from './language/merge-lock.ts';
import { showMenu } from './menu.ts';
import { compareWithHead, copyHash, copyPaths, openData, openPointer } from './open-data.ts';
import { STAGE_COMMANDS } from './pipelines/stage-commands.ts';
import { PLOT_COMMANDS } from './plots/plots-commands.ts';
import { lookAgain, REMOTE_COMMANDS } from './remote-commands.ts';
import { setting } from './settings.ts';
import { stageInGit } from './stage-in-git.ts';
import { TRANSFER_COMMANDS } from './transfer-commands.ts';

/** Every command of the manifest, by id. A test holds the two together. */
export const COMMANDS: Readonly<Record<string, AnyCommand>> = {
  'lode.init': anywhere(initRepository, 'trust'),
  'lode.add': verb({
    title: (args: Targets) => l10n.t('Adding {0}', nameTargets(args)),
    ask: selectedOrUntracked,
    run: async (work, { targets }) => stageInGit(work, await work.engine.add(work.repo, { targets }, work.ctx)),
    done: ({ outputs }) => addedText(outputs),
  }),
  'lode.addInto': verb({
    title: (args) => l10n.t('Adding {0}', nameTargets(args)),
    ask: askAddInto,
    run: async (work, into) => {
      await copyInto(into);
      return stageInGit(work, await work.engine.add(work.repo, { targets: into.targets }, work.ctx));
    },
    done: ({ outputs }) => addedText(outputs),
  }),
  'lode.commit': verb({
    title: (args: Targets) => l10n.t('Committing {0}', nameTargets(args)),
    ask: selectedOrAll,
    run: async (work, { targets }) =>
      stageInGit(work, await work.engine.commit(work.repo, { targets, force: true, recursive: true }, work.ctx)),
    done: (_, args) => l10n.t('Committed {0} to the cache', nameTargets(args)),
  }),
  'lode.lockMerge': verb({
    title: () => l10n.t('Merging dvc.lock'),
    progress: 'window',
    ask: lockFilesOf,
    run: async (work, options) => {
      const result = await mergeLocks(work, options);
      return result && stageInGit(work, result);
    },
    done: mergedText,
  }),
  'lode.commitAll': onRepo(commitWithGit, 'trusted-repo'),
  'lode.checkout': verb({
    title: (args: Targets) => l10n.t('Checking out {0}', nameTargets(args)),
    ask: selectedOrAll,
    run: async ({ engine, repo, ctx }, { targets }) => {
      const result = await engine.checkout(repo, { targets, recursive: true }, ctx);
      if (result.failed.length > 0) throw engine.checkoutMissing(result.failed);
      return result;
    },
    done: ({ stats }) => checkedOutText(stats),
  }),
  'lode.discard': verb({
    title: (args: Targets) => l10n.t('Discarding changes of {0}', nameTargets(args)),
    ask: askDiscard,
    run: async ({ engine, repo, ctx }, { targets }) => {
      const result = await engine.checkout(repo, { targets, recursive: true, force: true }, ctx);
      if (result.failed.length > 0) throw engine.checkoutMissing(result.failed);
      return result;
    },
    done: ({ stats }) => checkedOutText(stats),
  }),
  'lode.push': verb({
    title: (args) => l10n.t('Pushing {0}', nameTargets(args)),
    transfer: 'sends',
    ask: askTransfer,
    run: async (work, args) => {
      const { engine, repo, ctx } = work;
      const result = await engine.push(repo, { ...args, ...heldBy(work), recursive: args.targets.length > 0 }, ctx);
      await lookAgain(work, args.remote);
      return result;
    },
    done: ({ pushed }) =>
      pushed > 0 ? l10n.t('Pushed {0}', formatFiles(pushed)) : l10n.t('The remote has everything.'),
  }),
  'lode.fetch': verb({
    title: (args) => l10n.t('Fetching {0}', nameTargets(args)),
    transfer: 'brings',
    ask: askTransfer,
    run: (work, args) =>
      work.engine.fetch(work.repo, { ...args, ...heldBy(work), recursive: args.targets.length > 0 }, work.ctx),
    done: ({ fetched }) =>
      fetched > 0 ? l10n.t('Fetched {0} into the cache', formatFiles(fetched)) : l10n.t('The cache has everything.'),
  }),
  'lode.pull': pulling((args) => l10n.t('Pulling {0}', nameTargets(args)), askTransfer),
  'lode.pullPart': pulling(({ title }) => title, withTransfer(askPart)),
  'lode.pullForStage': pulling(({ title }) => title, withTransfer(askStage)),
  'lode.remove': verb({
    title: (args: Targets) => l10n.t('Removing {0}', nameTargets(args)),
    progress: 'window',
    ask: (call) => askRemove(call, false),
    run: async (work, { targets }) => stageInGit(work, await work.engine.remove(work.repo, { targets }, work.ctx)),
    done: (_, args) => l10n.t('{0} is no longer tracked', nameTargets(args)),
  }),
  'lode.deleteData': verb({
    title: (args: Targets) => l10n.t('Deleting {0}', nameTargets(args)),
    ask: (call) => askRemove(call, true),
    run: async (work, { targets }) =>
      stageInGit(work, await work.engine.remove(work.repo, { targets, outs: true }, work.ctx)),
    done: (_, args) => l10n.t('Deleted {0}', nameTargets(args)),
  }),
  'lode.move': verb({
    title: ({ from }) => l10n.t('Moving {0}', nameTargets({ targets: [from] })),
    progress: 'window',
    ask: askMove,
    run: async (work, args) => stageInGit(work, await work.engine.move(work.repo, args, work.ctx)),
  }),
  'lode.unprotect': verb({
    title: (args: Targets) => l10n.t('Unprotecting {0}', nameTargets(args)),
    ask: (call) => selectedOrPicked(call, l10n.t('Which data should be made writable?')),
    run: ({ engine, repo, ctx }, { targets }) => engine.unprotect(repo, { targets }, ctx),
    done: (_, args) => l10n.t('{0} can be edited', nameTargets(args)),
  }),
  ...IMPORT_COMMANDS,
  ...CACHE_COMMANDS,
  ...REMOTE_COMMANDS,
  ...TRANSFER_COMMANDS,
  'lode.status': onRepo(async ({ app, model }) => {
    model.refreshAll();
    await model.settled();
    app.showSummary(model);
  }),
  'lode.refresh': anywhere(({ app }) => app.repositories.refreshAll()),
  'lode.doctor': anywhere(({ app }) => app.doctor.show()),
  'lode.showLog': anywhere(({ app }) => app.log.show()),
  'lode.showMenu': anywhere(showMenu),
  'lode.openWalkthrough': anywhere(({ app }) =>
    commands.executeCommand('workbench.action.openWalkthrough', `${app.extensionId}#start`, false),
  ),
  'lode.openSettings': anywhere(({ app }) =>
    commands.executeCommand('workbench.action.openSettings', `@ext:${app.extensionId}`),
  ),
  'lode.filterTrackedData': anywhere(({ app }) => app.trackedTree.askFilter()),
  'lode.clearTrackedDataFilter': anywhere(({ app }) => app.trackedTree.setFilter('')),
  'lode.openData': onRepo((call) => openData(call)),
  'lode.openToSide': onRepo((call) => openData(call, true)),
  'lode.openPointer': onRepo(openPointer),
  'lode.compareWithHead': onRepo(compareWithHead, 'trusted-repo'),
  'lode.toggleFold': onRepo(({ app, model, uris }) => app.sourceControl.toggleFold(model, uris)),
  'lode.copyPath': onRepo((call) => copyPaths(call, false)),
  'lode.copyRelativePath': onRepo((call) => copyPaths(call, true)),
  'lode.copyHash': onRepo(copyHash),
  ...STAGE_COMMANDS,
  ...EXPERIMENT_COMMANDS,
  ...DIFF_COMMANDS,
  ...PARAM_COMMANDS,
  ...PLOT_COMMANDS,
  'lode.revealInExplorer': onRepo(({ uris }) => commands.executeCommand('revealInExplorer', uris[0])),
};

/** A pull of what is asked for. */
function pulling<A extends Targets>(
  title: (args: A) => string,
  ask: (call: RepoCall) => Promise<A | undefined> | A,
): AnyCommand {
  return verb({
    title,
    transfer: 'brings',
    ask,
    run: async (work, args) => {
      const { engine, repo, ctx } = work;
      const result = await engine.pull(repo, { ...args, ...heldBy(work), recursive: args.targets.length > 0 }, ctx);
      if (result.failed.length > 0) throw engine.checkoutMissing(result.failed);
      return result;
    },
    done: ({ fetched, stats }) => (fetched > 0 ? l10n.t('Pulled {0}', formatFiles(fetched)) : checkedOutText(stats)),
  });
}

/** What is asked for, with what every transfer is told. */
function withTransfer(ask: (call: RepoCall) => Promise<Part | undefined>) {
  return async (call: RepoCall): Promise<Part | undefined> => {
    const part = await ask(call);
    return part && { ...askTransfer(call), ...part };
  };
}

/** A transfer from or to the remote of the clicked row, the default one otherwise. */
function askTransfer(call: RepoCall): Targets & { remote?: string; jobs?: number } {
  const [remote, jobs] = [remoteOf(call.args[0]), setting('transfer.jobs', Uri.file(call.model.root))];
  return { ...selectedOrAll(call), ...(remote === undefined ? {} : { remote }), ...(jobs > 0 ? { jobs } : {}) };
}

/** What holds a transfer, and says what comes first, for its verb. */
const heldBy = ({ control }: Work): Pick<Work, 'control'> => (control ? { control } : {});

async function askDiscard(call: RepoCall): Promise<Targets | undefined> {
  const targets = selectedOrAll(call);
  const question = l10n.t('Discard the changes of {0}?', nameTargets(targets));
  const detail = l10n.t(
    'The data is brought back to what was committed last. What is changed or new since then is lost.',
  );
  return (await confirmed(question, detail, l10n.t('Discard Changes'))) ? targets : undefined;
}

/** `remove` takes pointer files: those of the outputs that were selected. */
async function askRemove(call: RepoCall, withData: boolean): Promise<Targets | undefined> {
  const { model } = call;
  const chosen = await selectedOrPicked(
    call,
    withData ? l10n.t('Which data should be deleted?') : l10n.t('Which data should no longer be tracked?'),
  );
  if (!chosen) return undefined;
  const pointers = chosen.targets.map((target) => {
    const output = model.outputAround(model.pathOf(Uri.file(target)) ?? '');
    return output ? model.absolute(output.pointer) : target;
  });
  const question = withData
    ? l10n.t('Delete {0} from disk and stop tracking it?', nameTargets(chosen))
    : l10n.t('Stop tracking {0}?', nameTargets(chosen));
  const detail = withData
    ? l10n.t('Versions that were committed stay in the cache until it is cleaned up.')
    : l10n.t('The data stays on disk; its pointer file and its line in .gitignore go.');
  const button = withData ? l10n.t('Delete') : l10n.t('Stop Tracking');
  return (await confirmed(question, detail, button)) ? { targets: [...new Set(pointers)] } : undefined;
}

function addedText(outputs: readonly { files: number; bytes: number; changed: boolean }[]): string {
  if (outputs.every(({ changed }) => !changed)) return l10n.t('Nothing has changed.');
  const [files, bytes] = [outputs.reduce((n, o) => n + o.files, 0), outputs.reduce((n, o) => n + o.bytes, 0)];
  return l10n.t('Added {0}, {1}', formatFiles(files), formatBytes(bytes));
}

function checkedOutText({ added, modified, deleted }: { added: number; modified: number; deleted: number }): string {
  if (added + modified + deleted === 0) return l10n.t('All data is as recorded.');
  const counts = [formatCount(added), formatCount(modified), formatCount(deleted)] as const;
  return l10n.t('Checked out: {0} added, {1} modified, {2} deleted', ...counts);
}
