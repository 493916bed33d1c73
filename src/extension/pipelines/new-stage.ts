import * as fs from 'node:fs';
import * as path from 'node:path';
import { commands, l10n, type QuickPickItem, QuickPickItemKind, window } from 'vscode';
import type { StageGuess } from '../../engine/index.ts';
import type { RepoCall } from '../call.ts';
import { type AnyCommand, verb } from '../command.ts';
import { loadEngine } from '../engine.ts';
import type { RepoModel } from '../repo-model.ts';
import { stageInGit } from '../stage-in-git.ts';
import { stagesOf } from './stage-target.ts';

interface NewStage {
  readonly cmd: string;
  readonly name: string;
  readonly parts: readonly Part[];
}

/** Something a stage reads or makes, as it was guessed. */
interface Part {
  readonly kind: 'dep' | 'param' | 'out' | 'metric';
  readonly text: string;
}

/** A stage from a command line: what it reads and makes is guessed from the script, and confirmed. */
export const newStage: AnyCommand = verb({
  title: ({ name }: NewStage) => l10n.t('Adding the stage {0}', name),
  progress: 'window',
  ask: askStage,
  run: async (work, { cmd, name, parts }) => {
    const texts = (kind: Part['kind']): string[] => parts.filter((part) => part.kind === kind).map(({ text }) => text);
    const params = texts('param');
    const options = {
      name,
      cmd,
      deps: texts('dep'),
      params: params.length > 0 ? [{ path: 'params.yaml', keys: params }] : [],
      outs: [
        ...texts('out').map((at) => ({ path: at, kind: 'out' as const, cache: true, persist: false })),
        ...texts('metric').map((at) => ({ path: at, kind: 'metric' as const, cache: false, persist: false })),
      ],
    };
    await stageInGit(work, await work.engine.stageAdd(work.repo, options, work.ctx));
    return { root: work.model.root };
  },
  done: ({ root }, { name }) => {
    void commands.executeCommand('lode.openStage', { root, address: name });
    return l10n.t('Added the stage {0}', name);
  },
});

async function askStage({ model, args }: RepoCall): Promise<NewStage | undefined> {
  const [given] = args;
  const title = l10n.t('New Stage');
  const cmd =
    typeof given === 'string'
      ? given
      : await window.showInputBox({
          title,
          prompt: l10n.t('The command that makes the outputs, run in the folder of dvc.yaml'),
          placeHolder: 'python src/train.py',
          ignoreFocusOut: true,
          validateInput: (text) => (text.trim() === '' ? l10n.t('A command is needed.') : undefined),
        });
  if (cmd === undefined || cmd.trim() === '') return undefined;
  const guess = await guessFrom(model, cmd);
  const taken = new Set((await stagesOf(model)).map(({ stage }) => stage.name));
  const name = await window.showInputBox({
    title,
    prompt: l10n.t('The name of the stage'),
    value: taken.has(guess.name) ? '' : guess.name,
    ignoreFocusOut: true,
    validateInput: (text) => nameProblem(text, taken),
  });
  if (name === undefined) return undefined;
  const parts = await confirmParts(guess, title);
  return parts && { cmd, name, parts };
}

function nameProblem(name: string, taken: ReadonlySet<string>): string | undefined {
  if (!/^[\w-]+$/.test(name)) return l10n.t('Letters, digits, dashes and underscores make a name.');
  return taken.has(name) ? l10n.t('There is a stage of this name.') : undefined;
}

interface PartItem extends QuickPickItem {
  readonly part?: Part;
}

/** Everything that was guessed, to be unticked. Undefined when the user backs out. */
async function confirmParts(guess: StageGuess, title: string): Promise<readonly Part[] | undefined> {
  const section = (label: string, kind: Part['kind'], texts: readonly string[]): PartItem[] =>
    texts.length === 0
      ? []
      : [
          { label, kind: QuickPickItemKind.Separator },
          ...texts.map((text) => ({ label: text, picked: true, part: { kind, text } })),
        ];
  const items = [
    ...section(l10n.t('reads'), 'dep', guess.deps),
    ...section(l10n.t('parameters'), 'param', guess.params),
    ...section(l10n.t('makes'), 'out', guess.outs),
    ...section(l10n.t('metrics'), 'metric', guess.metrics),
  ];
  if (items.length === 0) return [];
  const picked = await window.showQuickPick(items, {
    title,
    canPickMany: true,
    ignoreFocusOut: true,
    placeHolder: l10n.t('Untick what the stage does not read or make'),
  });
  return picked?.flatMap(({ part }) => part ?? []);
}

async function guessFrom(model: RepoModel, cmd: string): Promise<StageGuess> {
  const { guessStage, paramPlaces } = await loadEngine();
  const at = (file: string): string => path.join(model.root, file);
  const readText = (file: string): string | undefined => {
    const stat = fs.statSync(at(file), { throwIfNoEntry: false });
    return stat?.isFile() && stat.size < BIGGEST ? fs.readFileSync(at(file), 'utf8') : undefined;
  };
  const params = readText('params.yaml')?.replace(/\r\n?/g, '\n');
  return guessStage({
    cmd,
    kindOf: (file) => {
      const stat = fs.statSync(at(file), { throwIfNoEntry: false });
      return stat?.isDirectory() ? 'directory' : stat ? 'file' : undefined;
    },
    readText,
    params: params === undefined ? [] : paramPlaces('params.yaml', params).map(({ key }) => key),
  });
}
/** No script is longer, in bytes. */
const BIGGEST = 1 << 20;
