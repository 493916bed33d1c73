import { commands, l10n, type MessageItem, type QuickPickItem, Uri, window } from 'vscode';
import type { DirectionOf, ExperimentRow, PlainValue, RuleMetEvent, StopRule } from '../../engine/index.ts';
import type { App } from '../app.ts';
import type { Engine } from '../engine.ts';
import type { RepoModel } from '../repo-model.ts';
import { setting } from '../settings.ts';

/** A rule in words of the display language. */
export function ruleSentence(text: string): string {
  const told = text.replace(/^notify when /, '');
  return told === text ? l10n.t('stops when {0}', text) : l10n.t('notifies when {0}', told);
}

interface RuleItem extends QuickPickItem {
  /** Undefined for a text that is no rule. */
  readonly rule: string | undefined;
}

/** Asks for a rule: one of the usual ones, or what is typed. */
export async function askRule(engine: Engine, usual: readonly StopRule[], name: string): Promise<string | undefined> {
  const pick = window.createQuickPick<RuleItem>();
  const offered = usual.map((rule): RuleItem => {
    const text = engine.stopRuleText(rule);
    return { rule: text, label: text, description: meaningOf(rule) };
  });
  const typed = (text: string): RuleItem[] => {
    if (text.trim() === '' || offered.some(({ label }) => label === text.trim())) return [];
    const parsed = engine.parseStopRule(text);
    if ('rule' in parsed) {
      const rule = engine.stopRuleText(parsed.rule);
      return [{ rule, label: rule, description: meaningOf(parsed.rule), alwaysShow: true }];
    }
    return [{ rule: undefined, label: text, detail: `$(warning) ${parsed.problem}`, alwaysShow: true }];
  };
  pick.title = l10n.t('Stop Rule for {0}', name);
  pick.placeholder = l10n.t('A metric and when it is enough, such as val_loss > 2 for 3');
  pick.items = offered;
  pick.onDidChangeValue((text) => {
    pick.items = [...typed(text), ...offered];
  });
  try {
    return await new Promise<string | undefined>((resolve) => {
      pick.onDidAccept(() => {
        const rule = pick.selectedItems[0]?.rule;
        if (rule !== undefined) resolve(rule);
      });
      pick.onDidHide(() => resolve(undefined));
      pick.show();
    });
  } finally {
    pick.dispose();
  }
}

function meaningOf({ condition, action }: StopRule): string {
  const what =
    condition.kind === 'broken'
      ? l10n.t('NaN or infinite')
      : condition.kind === 'stalled'
        ? l10n.t('gets no better')
        : undefined;
  const then = action === 'stop' ? l10n.t('ends the experiment') : l10n.t('shows a notification');
  return [what, then].filter((text) => text !== undefined).join(' · ');
}

const MOST_METRICS = 4;
const PATIENCE = 5;

/** Rules for the metrics that the rows have, those first that have a direction. */
export function proposals(rows: readonly ExperimentRow[], directionOf: DirectionOf): StopRule[] {
  const found = new Map<string, ReturnType<DirectionOf>>();
  for (const { metrics } of rows)
    for (const { path, values } of metrics)
      for (const keys of numbersIn(values, []))
        if (!found.has(keys.join('.'))) found.set(keys.join('.'), directionOf(path, keys));
  const known = [...found].sort(([, a], [, b]) => Number(a === undefined) - Number(b === undefined));
  return known.slice(0, MOST_METRICS).flatMap(([metric, better]): StopRule[] => {
    const base = { metric, action: 'stop', times: 1, after: 0 } as const;
    const broken: StopRule = { ...base, condition: { kind: 'broken' } };
    if (better === undefined) return [broken];
    const stalled: StopRule = { ...base, condition: { kind: 'stalled', better, by: 0 }, times: PATIENCE };
    return [stalled, { ...stalled, action: 'notify' }, broken];
  });
}

function numbersIn(value: PlainValue | undefined, keys: readonly string[]): (readonly string[])[] {
  if (typeof value === 'number') return [keys];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, below]) =>
    key === 'step' ? [] : numbersIn(below as PlainValue, [...keys, key]),
  );
}

const complained = new Set<string>();

/** The rules of the settings for every run that this window starts; one that is not understood is told of once. */
export function defaultRules(engine: Engine, { root }: RepoModel): string[] {
  return setting('experiments.stopRules', Uri.file(root)).filter((text) => {
    const parsed = engine.parseStopRule(text);
    if ('rule' in parsed) return true;
    if (!complained.has(text)) {
      complained.add(text);
      const open: MessageItem = { title: l10n.t('Open Settings') };
      const message = l10n.t('The stop rule “{0}” of the settings is not understood. {1}', text, parsed.problem);
      void window.showWarningMessage(message, open).then((chosen) => {
        if (chosen === open)
          void commands.executeCommand('workbench.action.openSettings', 'lode.experiments.stopRules');
      });
    }
    return false;
  });
}

/** Says that a rule is met, with a way to see why. */
export function tellOfRule(app: App, model: RepoModel, { run, name, rule, value, stops }: RuleMetEvent): void {
  const shown = rule.replace(/^notify when /, '');
  const [log, compare]: MessageItem[] = [{ title: l10n.t('Show Log') }, { title: l10n.t('Compare') }];
  const text = stops
    ? l10n.t('{0} was stopped, as {1}: it is {2}.', name, shown, String(value))
    : l10n.t('{0} has {1}: it is {2}.', name, shown, String(value));
  const show = stops ? window.showWarningMessage : window.showInformationMessage;
  const isInWorkspace = run.startsWith('workspace-');
  void show<MessageItem>(text, log!, compare!).then((chosen) => {
    if (chosen === undefined) return undefined;
    const { root } = model;
    if (chosen === log) {
      if (isInWorkspace) return app.experiments.runs.showOutput();
      return commands.executeCommand('lode.expLog', { root, rows: [`task:${run}`] });
    }
    // The run of the workspace is what lies in it.
    const head = model.snapshot.head?.commit;
    const rows = isInWorkspace ? [...(head === undefined ? [] : [head]), 'workspace'] : [`task:${run}`];
    return commands.executeCommand('lode.expCompare', { root, rows });
  });
}
