import {
  type CompletionItem,
  CompletionItemKind,
  type CompletionItemProvider,
  CompletionItem as Item,
  l10n,
  SnippetString,
} from 'vscode';
import type { Completion } from '../../engine/index.ts';
import { type LanguageProjects, toRange } from './language-projects.ts';
import { describeKey } from './schema-docs.ts';

/** Characters after which the next thing is offered without being asked for. */
export const COMPLETION_TRIGGERS = [' ', '/', '.', '{', '[', '-'];

const KINDS: Readonly<Record<Completion['kind'], CompletionItemKind>> = {
  key: CompletionItemKind.Property,
  value: CompletionItemKind.Value,
  file: CompletionItemKind.File,
  folder: CompletionItemKind.Folder,
  param: CompletionItemKind.Field,
  variable: CompletionItemKind.Variable,
  stage: CompletionItemKind.Event,
  template: CompletionItemKind.Snippet,
};

export const completionProvider = (projects: LanguageProjects): CompletionItemProvider => ({
  provideCompletionItems: (document, position, token) =>
    projects.ask(document, token, async ({ engine, project, file }) =>
      (await engine.completionsAt(project, file, position)).map((completion) =>
        itemOf(completion, engine.languageFileOf(file) ?? 'dvc.yaml'),
      ),
    ),
});

function itemOf(completion: Completion, file: Parameters<typeof describeKey>[0]): CompletionItem {
  const { label, kind, insert, isSnippet, range, detail, schemaPath, goesOn, rank = 0 } = completion;
  const item = new Item(label, KINDS[kind]);
  item.insertText = isSnippet ? new SnippetString(insert) : insert;
  item.range = toRange(range);
  item.sortText = `${String(rank).padStart(3, '0')}${label}`;
  // A word that is typed already filters by the name, also where a dash or a quote is put before it.
  item.filterText = label;
  if (detail !== undefined) item.detail = detail;
  const description = schemaPath === undefined ? undefined : describeKey(file, schemaPath);
  if (description !== undefined) item.documentation = description;
  if (goesOn) item.command = { command: 'editor.action.triggerSuggest', title: l10n.t('Suggest') };
  return item;
}
