import { InputBoxValidationSeverity, l10n, type QuickPickItem, window } from 'vscode';
import { selectedOrAll, type Targets } from './ask-targets.ts';
import type { RepoCall } from './call.ts';
import { formatBytes } from './format.ts';
import { chosenStage } from './pipelines/stage-target.ts';
import type { OutputView } from './snapshot.ts';

/** A part of the data, as a pull takes it. */
export interface Part extends Targets {
  /** Outputs of so many bytes and more are left out. */
  readonly maxSize?: number;
  /** What this stage reads. */
  readonly depsOf?: string;
  /** So many files, chosen at random. */
  readonly sample?: number;
  /** Names it while it is pulled. */
  readonly title: string;
}

interface KindItem extends QuickPickItem {
  readonly ask: (call: RepoCall) => Promise<Part | undefined>;
}

/** Asks which part of the selection, or of everything, is wanted. */
export async function askPart(call: RepoCall): Promise<Part | undefined> {
  const items: KindItem[] = [
    {
      label: `$(dashboard) ${l10n.t('Without What Is Large…')}`,
      detail: l10n.t('Leaves out files and folders above a size'),
      ask: askSize,
    },
    {
      label: `$(list-selection) ${l10n.t('A Sample…')}`,
      detail: l10n.t('So many files, chosen at random'),
      ask: askSample,
    },
  ];
  if (call.uris.length === 0)
    items.push({
      label: `$(play-circle) ${l10n.t('What a Stage Needs…')}`,
      detail: l10n.t('The tracked data that it reads'),
      ask: askStage,
    });
  const placeHolder = l10n.t('Which part of the data should be pulled?');
  return (await window.showQuickPick(items, { placeHolder, matchOnDetail: true }))?.ask(call);
}

async function askSize(call: RepoCall): Promise<Part | undefined> {
  const chosen = selectedOrAll(call);
  const outputs = outputsOf(call);
  const typed = await window.showInputBox({
    title: l10n.t('Pull Without What Is Large'),
    prompt: l10n.t('The size from which a file or folder is left out'),
    placeHolder: '500 MB',
    ignoreFocusOut: true,
    validateInput: (text) => {
      const bytes = readSize(text);
      if (bytes === undefined)
        return text.trim() === '' ? undefined : l10n.t('A size such as 500 MB or 2 GB is needed.');
      const within = outputs.filter(({ size = 0 }) => size < bytes);
      const total = formatBytes(within.reduce((sum, { size = 0 }) => sum + size, 0));
      const message = l10n.t('{0} of {1} are pulled, {2} in all', within.length, outputs.length, total);
      return { message, severity: InputBoxValidationSeverity.Info };
    },
  });
  const maxSize = readSize(typed ?? '');
  if (maxSize === undefined) return undefined;
  return { ...chosen, maxSize, title: l10n.t('Pulling what is below {0}', formatBytes(maxSize)) };
}

/** Those that the selection is about. */
function outputsOf({ model, uris }: RepoCall): readonly OutputView[] {
  const paths = uris.map((uri) => model.pathOf(uri) ?? '');
  const isMeant = ({ path }: OutputView): boolean =>
    paths.length === 0 ||
    paths.some((at) => at === '' || path === at || path.startsWith(`${at}/`) || at.startsWith(`${path}/`));
  return model.snapshot.outputs.filter(isMeant);
}

const UNITS = ['', 'K', 'M', 'G', 'T'];

/** Bytes of `500 MB`, `1.5G` or `2000`, in powers of 1000 as everywhere; undefined for anything else. */
export function readSize(text: string): number | undefined {
  const [, number, unit = ''] = /^\s*(\d+(?:[.,]\d+)?)\s*([kmgt]?)i?b?\s*$/i.exec(text) ?? [];
  if (number === undefined) return undefined;
  const bytes = Math.round(Number(number.replace(',', '.')) * 1000 ** UNITS.indexOf(unit.toUpperCase()));
  return bytes > 0 ? bytes : undefined;
}

async function askSample(call: RepoCall): Promise<Part | undefined> {
  const typed = await window.showInputBox({
    title: l10n.t('Pull a Sample'),
    prompt: l10n.t('How many files; the same number is the same choice again'),
    placeHolder: '100',
    ignoreFocusOut: true,
    validateInput: (text) =>
      text.trim() === '' || /^\s*[1-9]\d*\s*$/.test(text) ? undefined : l10n.t('A whole number above 0 is needed.'),
  });
  const sample = Number(typed);
  if (!typed?.trim() || !Number.isSafeInteger(sample)) return undefined;
  return { ...selectedOrAll(call), sample, title: l10n.t('Pulling a sample of {0} files', sample) };
}

/** The stage that the command was called on, or one that is picked. */
export async function askStage(call: RepoCall): Promise<Part | undefined> {
  const stage = await chosenStage(call, l10n.t('The data of which stage should be pulled?'));
  return stage && { targets: [], depsOf: stage.address, title: l10n.t('Pulling what {0} needs', stage.address) };
}
