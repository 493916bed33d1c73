import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  type CancellationToken,
  commands,
  type DebugSession,
  debug,
  extensions,
  l10n,
  type MessageItem,
  Uri,
  window,
  workspace,
} from 'vscode';
import type { PipelineStage } from '../../engine/index.ts';
import type { RepoCall } from '../call.ts';
import type { Work } from '../command.ts';
import { Disposables } from '../disposables.ts';
import { loadEngine } from '../engine.ts';
import type { RepoModel } from '../repo-model.ts';
import { type Debuggee, debuggeeOf, isDebuggable, type NotDebuggable } from './debug-command.ts';
import { type LaunchConfiguration, launchConfiguration } from './debug-configuration.ts';
import { simpleCommands } from './shell-words.ts';
import { stageEnvironment } from './stage-environment.ts';
import { chosenStage } from './stage-target.ts';

/** A stage that is about to be debugged, and how. */
export interface DebugPlan {
  readonly stage: PipelineStage;
  readonly configuration: LaunchConfiguration;
}

type Language = Debuggee['language'];
type Environment = Readonly<Record<string, string | undefined>>;

/** Debug types by language, the one to take first; and the extension that brings it. */
const DEBUGGERS: Readonly<Record<Language, { readonly types: readonly string[]; readonly extension: string }>> = {
  node: { types: ['node', 'pwa-node'], extension: 'ms-vscode.js-debug' },
  python: { types: ['debugpy', 'python'], extension: 'ms-python.debugpy' },
};

/** Finds out which stage is meant and how a debugger starts its command; says why where none can. Undefined then, or when nobody chose. */
export async function planDebugging(call: RepoCall): Promise<DebugPlan | undefined> {
  const { model } = call;
  const stage = (await chosenStage(call, l10n.t('Which stage should be debugged?')))?.stage;
  if (!stage) return undefined;
  const env = await stageEnvironment(Uri.file(model.root));
  const debuggee = await commandToDebug(model, stage, env);
  if (!debuggee) return undefined;
  const type = debuggerFor(debuggee.language);
  if (type === undefined) return sayNoDebugger(debuggee.language);
  const engine = await loadEngine();
  const repo = await model.repo();
  const shown = engine.showAddress(repo, stage, model.root);
  const configuration = launchConfiguration(debuggee, {
    type,
    name: l10n.t('Stage {0}', shown),
    cwd: repo.absolute(stage.wdir),
    env: { DVC_ROOT: env['DVC_ROOT'] ?? repo.root, DVC_STAGE: shown },
    find: (program) => onPath(program, env),
  });
  return { stage, configuration };
}

/** Starts the debugger on a stage. What it makes is not committed; what is there already is never written through a link into the cache. */
export async function startDebugging(work: Work, plan: DebugPlan): Promise<void> {
  await prepareOutputs(work, plan);
  // Not waited for: the session may ask, and other work on the repository goes on meanwhile.
  void launch(work.model, plan);
}

/** Runs a stage under the debugger until the session ends. @returns whether there was one */
export async function debugToTheEnd(call: RepoCall, token: CancellationToken): Promise<boolean> {
  const plan = await planDebugging(call);
  if (!plan) return false;
  const title = l10n.t('Starting the debugger for {0}', plan.stage.name);
  await call.app.work(call.model, {
    title,
    where: 'window',
    run: async (work) => {
      await prepareOutputs(work, plan);
      return undefined;
    },
  });
  const ended = sessionOf(plan.configuration, token);
  if (await launch(call.model, plan)) await ended.end;
  else ended.dispose();
  return true;
}

const launch = (model: RepoModel, { configuration }: DebugPlan): Thenable<boolean> =>
  debug.startDebugging(workspace.getWorkspaceFolder(Uri.file(model.root)), configuration);

/** Outputs that are links to the cache become files of their own. */
async function prepareOutputs({ engine, repo, ctx }: Work, { stage }: DebugPlan): Promise<void> {
  const outs = stage.outs.flatMap(({ place }) => (place.kind === 'repo' ? [repo.absolute(place.path)] : []));
  const present = outs.filter((out) => fs.existsSync(out));
  if (present.length > 0) await engine.unprotect(repo, { targets: present }, ctx);
}

/** The session that a configuration starts: its end, and its end by the user's wish. */
function sessionOf({ name }: LaunchConfiguration, token: CancellationToken): { end: Promise<void>; dispose(): void } {
  const listeners = new Disposables();
  let session: DebugSession | undefined;
  listeners.track(
    debug.onDidStartDebugSession((started) => {
      // Sessions of its child processes have names of their own.
      if (started.name === name) session ??= started;
    }),
  );
  listeners.track(token.onCancellationRequested(() => session && debug.stopDebugging(session)));
  const end = new Promise<void>((resolve) => {
    listeners.track(
      debug.onDidTerminateDebugSession(({ id }) => {
        if (id !== session?.id) return;
        listeners.dispose();
        resolve();
      }),
    );
  });
  return { end, dispose: () => listeners.dispose() };
}

async function commandToDebug(model: RepoModel, stage: PipelineStage, env: Environment): Promise<Debuggee | undefined> {
  const { commandsOf } = await loadEngine();
  const lines = commandsOf(stage.cmd).flatMap(simpleCommands);
  const found = lines.map((line) => ({ line, found: debuggeeOf(line, env) }));
  const possible = found.flatMap(({ line, found: one }) => (isDebuggable(one) ? [{ line, debuggee: one }] : []));
  if (possible.length === 0) {
    const refused = found.map((one) => one.found).find((one) => !isDebuggable(one));
    return sayNotDebuggable(model, stage, refused);
  }
  if (possible.length === 1) return possible[0]?.debuggee;
  const items = possible.map(({ line, debuggee }) => ({ label: line, debuggee }));
  const chosen = await window.showQuickPick(items, {
    placeHolder: l10n.t('Which command of {0} should be debugged? The others are not run.', stage.name),
  });
  return chosen?.debuggee;
}

async function sayNotDebuggable(
  model: RepoModel,
  { name, address }: PipelineStage,
  why: NotDebuggable | Debuggee | undefined,
): Promise<undefined> {
  const open: MessageItem = { title: l10n.t('Open Code') };
  const text = `${l10n.t('The stage {0} cannot be debugged.', name)} ${reasonOf(why)}`;
  if ((await window.showWarningMessage(text, open)) === open)
    await commands.executeCommand('lode.openStage', { root: model.root, address });
  return undefined;
}

function reasonOf(why: NotDebuggable | Debuggee | undefined): string {
  if (why === undefined || isDebuggable(why)) return l10n.t('It has no command.');
  switch (why.reason) {
    case 'shell':
      return l10n.t(
        'Its command needs a shell for “{0}”. Put what should be debugged into a script, and run the script from the stage.',
        why.part,
      );
    case 'program':
      return l10n.t(
        'Its command runs “{0}”, which is neither Node.js nor Python. Attach a debugger to it while the stage runs.',
        why.program,
      );
    case 'no-script':
      return l10n.t('Its command names no script for “{0}”. Put the code into a file, and run the file.', why.program);
    default:
      return unreachable(why);
  }
}

/** The debug type for a language that an extension of this editor brings. */
function debuggerFor(language: Language): string | undefined {
  const present = new Set(
    extensions.all.flatMap(({ packageJSON }) =>
      ((packageJSON as { contributes?: { debuggers?: { type?: string }[] } }).contributes?.debuggers ?? []).map(
        ({ type }) => type,
      ),
    ),
  );
  return DEBUGGERS[language].types.find((type) => present.has(type));
}

async function sayNoDebugger(language: Language): Promise<undefined> {
  const find: MessageItem = { title: l10n.t('Find the Debugger') };
  const text =
    language === 'python'
      ? l10n.t('The stage runs Python, and there is no Python debugger in this editor. Install “Python Debugger”.')
      : l10n.t('The stage runs Node.js, and the editor’s JavaScript debugger is turned off. Turn it on.');
  if ((await window.showWarningMessage(text, find)) === find)
    await commands.executeCommand('workbench.extensions.search', `@id:${DEBUGGERS[language].extension}`);
  return undefined;
}

/** Where a shell would find a program. */
function onPath(program: string, env: Environment): string | undefined {
  const names = process.platform === 'win32' ? [`${program}.exe`, `${program}.bat`, program] : [program];
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return folders.flatMap((folder) => names.map((name) => path.join(folder, name))).find((file) => fs.existsSync(file));
}

function unreachable(why: never): never {
  throw new Error(`There is no sentence for ${JSON.stringify(why)}.`);
}
