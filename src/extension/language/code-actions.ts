import {
  type CancellationToken,
  CodeAction,
  CodeActionKind,
  type CodeActionProvider,
  CodeActionTriggerKind,
  type Diagnostic,
  l10n,
  type TextDocument,
  WorkspaceEdit,
} from 'vscode';
import type { Fix } from '../../engine/index.ts';
import { type LanguageProjects, type Located, toRange } from './language-projects.ts';

/** What can be mended at the cursor, with or without a diagnostic there. */
export const codeActionProvider = (projects: LanguageProjects): CodeActionProvider => ({
  provideCodeActions: (document, range, context, token) =>
    projects.ask(document, token, async (at) => {
      // The light bulb asks at every move of the cursor; only where it rests is it worth looking at other stages.
      if (context.triggerKind === CodeActionTriggerKind.Automatic && (await moved(token))) return [];
      if (isLockInConflict(document)) return [mergeAction(document, context.diagnostics)];
      const fixes = await at.engine.fixesIn(at.project, at.file, range);
      return fixes.map((fix) => actionOf(at, fix, context.diagnostics));
    }),
});

const REST = 120; // ms

const moved = async (token: CancellationToken): Promise<boolean> => {
  await new Promise((resolve) => setTimeout(resolve, REST));
  return token.isCancellationRequested;
};

const isLockInConflict = (document: TextDocument): boolean =>
  /[\\/]dvc\.lock$/.test(document.uri.fsPath) && /^<{7} /m.test(document.getText());

function mergeAction({ uri }: TextDocument, diagnostics: readonly Diagnostic[]): CodeAction {
  const action = new CodeAction(l10n.t('Merge dvc.lock'), CodeActionKind.QuickFix);
  action.command = { command: 'lode.lockMerge', title: action.title, arguments: [uri] };
  action.diagnostics = [...diagnostics];
  action.isPreferred = true;
  return action;
}

function actionOf(at: Located, fix: Fix, diagnostics: readonly Diagnostic[]): CodeAction {
  const action = new CodeAction(titleOf(fix), CodeActionKind.QuickFix);
  const mended = diagnostics.filter(({ range }) => range.intersection(toRange(fix.range)));
  if (fix.kind === 'rename-key' || fix.kind === 'remove-duplicate') {
    action.diagnostics = mended;
    action.isPreferred = fix.kind === 'rename-key';
  } else if (fix.kind === 'create-file') action.diagnostics = mended;
  if (fix.kind === 'track') {
    const uri = at.files.uri(fix.place);
    action.command = { command: 'lode.add', title: action.title, arguments: [uri] };
    return action;
  }
  const edit = new WorkspaceEdit();
  if (fix.kind === 'create-file') edit.createFile(at.files.uri(fix.place), { ignoreIfExists: true });
  else for (const { range, newText } of fix.changes) edit.replace(at.files.uri(at.file), toRange(range), newText);
  action.edit = edit;
  return action;
}

function titleOf(fix: Fix): string {
  switch (fix.kind) {
    case 'create-file':
      return l10n.t('Create file “{0}”', fix.place);
    case 'track':
      return l10n.t('Track “{0}” with Lode', fix.place);
    case 'add-dep':
      return l10n.t('Add “{0}” to deps', fix.path);
    case 'rename-key':
      return l10n.t('Change “{0}” to “{1}”', fix.from, fix.to);
    case 'remove-duplicate':
      return l10n.t('Remove the output “{0}”', fix.path);
  }
}
