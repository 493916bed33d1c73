import { commands, env, l10n, type MessageItem, Uri, window } from 'vscode';
import type { ExperimentRow } from '../../engine/index.ts';
import { confirmed } from '../ask-targets.ts';
import type { RepoCall } from '../call.ts';
import { type AnyCommand, onRepo, verb } from '../command.ts';
import { type Engine, loadEngine } from '../engine.ts';
import { setting } from '../settings.ts';
import {
  chosenExperiments,
  engineName,
  isExperiment,
  isFinished,
  labelOf,
  namesText,
  rowsOf,
} from './chosen-experiments.ts';
import { FIRST_COMMITS } from './experiments.ts';
import { launch, launchWithParams } from './launch.ts';
import { STOP_RULE_COMMANDS } from './stop-rule-commands.ts';

/** Commands about experiments: rows of the one table. */
export const EXPERIMENT_COMMANDS: Readonly<Record<string, AnyCommand>> = {
  'lode.showExperiments': onRepo((call) => call.app.experimentsPanels.show(call.model, rowsOf(call)?.[0])),
  'lode.expRun': onRepo((call) => launch(call, 'run'), 'trusted-repo'),
  'lode.expRunParams': onRepo((call) => launchWithParams(call, 'run'), 'trusted-repo'),
  'lode.expQueue': onRepo((call) => launch(call, 'queue'), 'trusted-repo'),
  'lode.expQueueParams': onRepo((call) => launchWithParams(call, 'queue'), 'trusted-repo'),
  'lode.expQueueStart': onRepo(
    ({ app, model }) =>
      void app.experiments.runs.startQueue(app, model, setting('repro.jobs', Uri.file(model.root)) || 1),
    'trusted-repo',
  ),
  'lode.expQueueStop': onRepo(async ({ app, model }) => {
    const [{ queueStop }, repo] = [await loadEngine(), await model.repo()];
    queueStop(repo);
    app.experiments.refresh(model);
  }, 'trusted-repo'),
  'lode.expQueueStatus': onRepo(showQueue, 'trusted-repo'),
  'lode.expApply': verb({
    title: ({ row }: Applied) => l10n.t('Applying {0}', labelOf(row)),
    ask: askApply,
    run: async ({ engine, repo, ctx, model }, { row }) => {
      const result = await engine.expApply(repo, engineName(row), ctx);
      offerUndo(model.root, l10n.t('{0} is in the workspace.', labelOf(row)));
      return result;
    },
  }),
  'lode.expUndo': verb({
    title: () => l10n.t('Bringing back the workspace'),
    ask: () => ({}),
    run: ({ engine, repo, ctx }) => engine.expUndo(repo, undefined, ctx),
    done: () => l10n.t('The workspace is as it was before'),
  }),
  'lode.expBranch': verb({
    title: ({ branch }: { row: ExperimentRow; branch: string }) => l10n.t('Creating the branch {0}', branch),
    progress: 'window',
    ask: async (call) => {
      const row = await one(call, l10n.t('Which experiment becomes a branch?'), isFinished);
      if (!row) return undefined;
      const value = `${labelOf(row)}-branch`;
      const branch = await window.showInputBox({
        prompt: l10n.t('Name of the branch'),
        value,
        validateInput: required,
      });
      return branch === undefined ? undefined : { row, branch };
    },
    run: ({ engine, repo }, { row, branch }) => engine.expBranch(repo, engineName(row), branch),
    done: (_, { branch }) => l10n.t('The branch {0} is there', branch),
  }),
  'lode.expRename': verb({
    title: ({ row }: { row: ExperimentRow; name: string }) => l10n.t('Renaming {0}', labelOf(row)),
    progress: 'window',
    ask: async (call) => {
      const row = await one(call, l10n.t('Which experiment should be renamed?'), isFinished);
      if (!row) return undefined;
      const name = await window.showInputBox({
        prompt: l10n.t('New name'),
        value: labelOf(row),
        validateInput: required,
      });
      return name === undefined ? undefined : { row, name };
    },
    run: ({ engine, repo }, { row, name }) => engine.expRename(repo, engineName(row), name),
  }),
  'lode.expNote': verb({
    title: ({ row }: { row: ExperimentRow; note: string }) => l10n.t('Writing the note of {0}', labelOf(row)),
    progress: 'window',
    ask: async (call) => {
      const row = await one(call, l10n.t('Which experiment is the note about?'), isFinished);
      if (!row) return undefined;
      const note = await window.showInputBox({ prompt: l10n.t('Note about {0}', labelOf(row)), value: row.marks.note });
      return note === undefined ? undefined : { row, note };
    },
    run: ({ engine, repo }, { row, note }) => engine.expMark(repo, engineName(row), { note }),
  }),
  'lode.expStar': starring(true),
  'lode.expUnstar': starring(false),
  'lode.expRemove': verb({
    title: ({ rows }: { rows: readonly ExperimentRow[] }) => l10n.t('Removing {0}', namesText(rows)),
    progress: 'window',
    ask: async (call) => {
      const fits = (row: ExperimentRow): boolean => isExperiment(row) && row.status !== 'running';
      const rows = await chosenExperiments(call, {
        question: l10n.t('Which experiments should be removed?'),
        many: true,
        fits,
      });
      if (!rows) return undefined;
      const detail = l10n.t('Their commits and notes go. Data in the cache stays until it is cleaned up.');
      return (await confirmed(l10n.t('Remove {0}?', namesText(rows)), detail, l10n.t('Remove'))) ? { rows } : undefined;
    },
    run: async ({ engine, repo }, { rows }) => {
      const [kept, waiting] = [rows.filter(({ ref }) => ref !== null), rows.filter(({ ref }) => ref === null)];
      if (kept.length > 0) await engine.expRemove(repo, { names: kept.map(engineName) });
      if (waiting.length > 0) await engine.queueRemove(repo, { names: waiting.map(engineName) });
    },
  }),
  'lode.expPush': verb({
    title: ({ rows }: { rows: readonly ExperimentRow[]; remote: string }) => l10n.t('Pushing {0}', namesText(rows)),
    ask: async (call) => {
      const rows = await chosenExperiments(call, {
        question: l10n.t('Which experiments should be pushed?'),
        many: true,
        fits: isFinished,
      });
      const remote = rows && (await gitRemote(call));
      return rows && remote !== undefined ? { rows, remote } : undefined;
    },
    run: async ({ engine, repo, ctx, app, model }, { rows, remote }) => {
      const result = await engine.expPush(repo, remote, { names: rows.map(engineName) }, ctx);
      if (result.diverged.length === 0)
        app.experiments.notePushed(
          model,
          rows.flatMap(({ ref }) => ref ?? []),
        );
      return result;
    },
    done: ({ done, diverged }, { remote }) =>
      diverged.length > 0
        ? l10n.t('{0} has other experiments of these names: {1}', remote, diverged.join(', '))
        : done.length === 0
          ? l10n.t('{0} has them already', remote)
          : l10n.t('Pushed {0} to {1}', done.join(', '), remote),
  }),
  'lode.expPull': verb({
    title: ({ remote }: { remote: string }) => l10n.t('Pulling experiments from {0}', remote),
    ask: async (call) => {
      const remote = await gitRemote(call);
      return remote === undefined ? undefined : { remote };
    },
    run: ({ engine, repo, ctx }, { remote }) => engine.expPull(repo, remote, { allCommits: true }, ctx),
    done: ({ done }) => (done.length === 0 ? l10n.t('There is nothing new') : l10n.t('Pulled {0}', done.join(', '))),
  }),
  'lode.expSave': verb({
    title: () => l10n.t('Saving the workspace as an experiment'),
    ask: async () => {
      const prompt = l10n.t('Name of the experiment');
      const name = await window.showInputBox({ prompt, placeHolder: l10n.t('Empty: one is made up') });
      return name === undefined ? undefined : { name: name.trim() };
    },
    run: ({ engine, repo, ctx }, { name }) => engine.expSave(repo, name === '' ? {} : { name }, ctx),
    done: ({ name }) => l10n.t('The workspace is kept as {0}', name),
  }),
  'lode.expCompare': onRepo(compare),
  ...STOP_RULE_COMMANDS,
  'lode.expStop': onRepo(stop, 'trusted-repo'),
  'lode.expLog': onRepo(showRunLog, 'trusted-repo'),
  'lode.expCopyName': onRepo(async (call) =>
    copy(await one(call, l10n.t('Copy the name of which experiment?'), isExperiment), labelOf),
  ),
  'lode.expCopyRevision': onRepo(async (call) =>
    copy(
      await one(call, l10n.t('Copy the revision of which experiment?'), ({ rev }) => rev !== null),
      ({ rev }) => rev ?? '',
    ),
  ),
  'lode.expMoreCommits': onRepo(({ app, model }) => changeCommits({ app, model }, 3)),
  'lode.expFewerCommits': onRepo(({ app, model }) => changeCommits({ app, model }, -3)),
  'lode.expBranches': onRepo(chooseBranches, 'trusted-repo'),
};

/** Columns a page is wide enough for. */
const MOST_COMPARED = 10;

interface Applied {
  readonly row: ExperimentRow;
}

const required = (text: string): string | undefined => (text.trim() === '' ? l10n.t('A name is needed.') : undefined);

async function one(
  call: RepoCall,
  question: string,
  fits: (row: ExperimentRow) => boolean,
): Promise<ExperimentRow | undefined> {
  return (await chosenExperiments(call, { question, fits }))?.[0];
}

/** Says what will change, before anything does. */
async function askApply(call: RepoCall): Promise<Applied | undefined> {
  const row = await one(call, l10n.t('Which experiment should be applied?'), isFinished);
  if (!row) return undefined;
  const [engine, repo] = [await loadEngine(), await call.model.repo()];
  const plan = await engine.expApplyPreview(repo, engineName(row));
  const isMeant = await confirmed(l10n.t('Apply {0} to the workspace?', labelOf(row)), planText(plan), l10n.t('Apply'));
  return isMeant ? { row } : undefined;
}

const NAMED = 8;

type ApplyPlan = Awaited<ReturnType<Engine['expApplyPreview']>>;

function planText({ changes, untracked }: ApplyPlan): string {
  if (changes.length === 0) return l10n.t('No file becomes another; data is checked out where it differs.');
  const lines = changes
    .slice(0, NAMED)
    .map(({ path, change }) => `${change === 'added' ? '+' : change === 'deleted' ? '−' : '•'} ${path}`);
  const more = changes.length > NAMED ? [l10n.t('and {0} more', changes.length - NAMED)] : [];
  const over =
    untracked.length > 0 ? ['', l10n.t('Overwritten, untracked: {0}', untracked.slice(0, NAMED).join(', '))] : [];
  return [...lines, ...more, ...over, '', l10n.t('The workspace as it is now is kept, and can be brought back.')].join(
    '\n',
  );
}

/** What was applied can be taken back, as long as somebody might want to. */
function offerUndo(root: string, text: string): void {
  const undo: MessageItem = { title: l10n.t('Undo') };
  const changes: MessageItem = { title: l10n.t('Show Changes') };
  void window.showInformationMessage(text, undo, changes).then((chosen) => {
    if (chosen === undo) return commands.executeCommand('lode.expUndo', { rootUri: Uri.file(root) });
    return chosen === changes ? commands.executeCommand('workbench.view.scm') : undefined;
  });
}

function starring(starred: boolean): AnyCommand {
  return verb({
    title: ({ rows }: { rows: readonly ExperimentRow[] }) =>
      starred ? l10n.t('Starring {0}', namesText(rows)) : l10n.t('Removing the star of {0}', namesText(rows)),
    progress: 'window',
    ask: async (call) => {
      const question = starred ? l10n.t('Which experiments get a star?') : l10n.t('Which experiments lose their star?');
      const fits = (row: ExperimentRow): boolean => isFinished(row) && row.marks.starred !== starred;
      const rows = await chosenExperiments(call, { question, many: true, fits });
      return rows && { rows };
    },
    run: async ({ engine, repo }, { rows }) => {
      for (const row of rows) await engine.expMark(repo, engineName(row), { starred });
    },
  });
}

/** One row is compared with the workspace. */
async function compare(call: RepoCall): Promise<void> {
  const question = l10n.t('Which experiments should be compared?');
  const rows = await chosenExperiments(call, { question, many: true, fits: () => true });
  if (!rows) return;
  const ids = rows.map(({ id }) => id);
  call.app.comparePanels.show(call.model, ids.length === 1 ? ['workspace', ...ids] : ids.slice(0, MOST_COMPARED));
}

/** Of the workspace's run its own; of those of the queue each for itself. */
async function stop(call: RepoCall): Promise<void> {
  const { app, model } = call;
  const fits = (row: ExperimentRow): boolean => row.status === 'running';
  const rows = await chosenExperiments(call, {
    question: l10n.t('Which experiments should be stopped?'),
    many: true,
    fits,
  });
  const inQueue = rows?.filter(({ executor }) => executor?.kind === 'queue') ?? [];
  if (rows?.some(({ executor }) => executor?.kind !== 'queue')) app.experiments.runs.stop(model);
  if (inQueue.length > 0) (await loadEngine()).queueKill(await model.repo(), inQueue.map(engineName));
  app.experiments.refresh(model);
}

async function showRunLog(call: RepoCall): Promise<void> {
  const fits = (row: ExperimentRow): boolean => isExperiment(row) && row.status !== 'queued';
  const row = await one(call, l10n.t('The log of which experiment?'), fits);
  if (!row) return;
  const log = row.executor?.log;
  if (log) await window.showTextDocument(Uri.file(log), { preview: true });
  else call.app.experiments.runs.showOutput();
}

async function showQueue(call: RepoCall): Promise<void> {
  const [engine, repo] = [await loadEngine(), await call.model.repo()];
  const { entries } = engine.queueStatus(repo);
  if (entries.length === 0) {
    void window.showInformationMessage(l10n.t('The queue is empty.'));
    return;
  }
  const icons = { queued: 'clock', running: 'loading~spin', success: 'pass', failed: 'error' } as const;
  const picked = await window.showQuickPick(
    entries.map((entry) => ({
      entry,
      label: `$(${icons[entry.state]}) ${entry.name}`,
      description: entry.overrides.join(' '),
      ...(entry.reason === null ? {} : { detail: entry.reason }),
    })),
    { placeHolder: l10n.t('Experiments of the queue: choose one to see its log'), matchOnDescription: true },
  );
  if (!picked || picked.entry.state === 'queued') return;
  const { file } = engine.queueLog(repo, picked.entry.id);
  await window.showTextDocument(Uri.file(file), { preview: true });
}

async function copy(row: ExperimentRow | undefined, textOf: (row: ExperimentRow) => string): Promise<void> {
  if (row) await env.clipboard.writeText(textOf(row));
}

/** A Git remote: the only one, or the one that is chosen. */
async function gitRemote({ model }: RepoCall): Promise<string | undefined> {
  const repo = await model.repo();
  const names = (await repo.git.run(['remote'])).toString().split('\n').filter(Boolean);
  if (names.length === 0) {
    void window.showInformationMessage(l10n.t('The Git repository has no remote to share experiments through.'));
    return undefined;
  }
  return names.length === 1 ? names[0] : window.showQuickPick(names, { placeHolder: l10n.t('Which Git remote?') });
}

async function changeCommits({ app, model }: Pick<RepoCall, 'app' | 'model'>, by: number): Promise<void> {
  const history = app.experiments.history(model);
  await app.experiments.setHistory(model, { ...history, commits: Math.max(FIRST_COMMITS, history.commits + by) });
}

async function chooseBranches({ app, model }: RepoCall): Promise<void> {
  const repo = await model.repo();
  const history = app.experiments.history(model);
  const current = model.snapshot.head?.branch;
  const names = (await repo.git.run(['for-each-ref', '--format=%(refname:short)', 'refs/heads']))
    .toString()
    .split('\n')
    .filter((name) => name !== '' && name !== current);
  if (names.length === 0) {
    void window.showInformationMessage(l10n.t('There is no other branch.'));
    return;
  }
  const items = names.map((label) => ({ label, picked: history.branches.includes(label) }));
  const picked = await window.showQuickPick(items, {
    canPickMany: true,
    placeHolder: l10n.t('Branches to show beside the current one'),
  });
  if (picked) await app.experiments.setHistory(model, { ...history, branches: picked.map(({ label }) => label) });
}
