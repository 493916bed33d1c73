import { Hover, type HoverProvider, l10n, MarkdownString } from 'vscode';
import type { HoverFacts, NamedStage, ParamFacts, PathFacts, VariableFacts } from '../../engine/index.ts';
import { formatBytes, formatFiles } from '../format.ts';
import { type LanguageProjects, toRange } from './language-projects.ts';
import { describeKey } from './schema-docs.ts';

const MOST_STAGES = 5;

export const hoverProvider = (projects: LanguageProjects): HoverProvider => ({
  provideHover: (document, position, token) =>
    projects.ask(document, token, async ({ engine, project, file }) => {
      const facts = await engine.hoverAt(project, file, position);
      const text = facts && textOf(facts);
      return text ? new Hover(text, toRange(facts.range)) : undefined;
    }),
});

function textOf(facts: HoverFacts): MarkdownString | undefined {
  const text = new MarkdownString();
  switch (facts.kind) {
    case 'path':
      for (const [i, path] of facts.paths.entries()) {
        if (i > 0) text.appendMarkdown('\n\n---\n\n');
        pathText(text, facts.role, path);
      }
      return text;
    case 'param':
      for (const param of facts.params) paramText(text, param);
      return text;
    case 'variable':
      return variableText(text, facts);
    case 'key': {
      const description = describeKey(facts.file, facts.schemaPath);
      return description === undefined ? undefined : text.appendMarkdown(description);
    }
  }
}

const code = (text: string): string => `\`${text.replaceAll('`', 'ˋ')}\``;
const row = (text: MarkdownString, label: string, value: string): void =>
  void text.appendMarkdown(`\n\n${label}: ${value}`);

function pathText(text: MarkdownString, role: 'dep' | 'out', facts: PathFacts): void {
  const { path, recorded, onDisk, inCache, madeBy, usedBy, tracked, place } = facts;
  text.appendMarkdown(`**${role === 'dep' ? l10n.t('Dependency') : l10n.t('Output')}** ${code(path)}`);
  if (recorded?.hash) {
    const { size, nfiles } = recorded.meta;
    row(text, l10n.t('Last run'), contentText(size, nfiles, recorded.hash.value));
  } else if (role === 'out' || !tracked) row(text, l10n.t('Last run'), l10n.t('not recorded'));
  if (place !== undefined) {
    const where = [
      onDisk === undefined ? l10n.t('not on disk') : l10n.t('on disk'),
      ...(inCache === undefined ? [] : [inCache ? l10n.t('in the cache') : l10n.t('not in the cache')]),
    ];
    row(text, l10n.t('Now'), where.join(', '));
  }
  if (role === 'dep' && madeBy.length > 0) row(text, l10n.t('Made by'), stages(madeBy));
  if (tracked) {
    const { recordedIn, size, files, oid } = tracked;
    const content = oid === undefined ? [] : [contentText(size, files, oid)];
    row(text, l10n.t('Tracked by'), [code(recordedIn), ...content].join(' · '));
  }
  if (role === 'out' && usedBy.length > 0) row(text, l10n.t('Used by'), stages(usedBy));
}

const contentText = (size: number | undefined, files: number | undefined, hash: string): string =>
  [
    ...(size === undefined ? [] : [formatBytes(size)]),
    ...(files === undefined ? [] : [formatFiles(files)]),
    code(hash),
  ].join(' · ');

function stages(list: readonly NamedStage[]): string {
  const names = list
    .slice(0, MOST_STAGES)
    .map(({ name, file }) => code(file === 'dvc.yaml' ? name : `${file}:${name}`));
  const more = list.length - names.length;
  return more > 0 ? l10n.t('{0} and {1} more', names.join(', '), more) : names.join(', ');
}

function paramText(text: MarkdownString, { key, file, now, locked, committed, hasRun }: ParamFacts): void {
  text.appendMarkdown(`**${l10n.t('Parameter')}** ${code(key)} · ${code(file)}`);
  row(text, l10n.t('Now'), now === undefined ? l10n.t('not there') : code(now));
  if (hasRun) row(text, l10n.t('Last run'), locked === undefined ? l10n.t('not recorded') : code(locked));
  if (committed !== undefined) row(text, l10n.t('HEAD'), code(committed));
}

function variableText(text: MarkdownString, facts: VariableFacts): MarkdownString {
  const { expression, values, source, key, problem, hint } = facts;
  text.appendMarkdown(`**${l10n.t('Variable')}** ${code(expression.trim())}`);
  if (problem !== undefined) return text.appendMarkdown(`\n\n${problem}${hint === undefined ? '' : `. ${hint}`}`);
  if (values.length > 0) text.appendMarkdown(`\n\n${values.slice(0, 20).map(code).join(', ')}`);
  if (source !== undefined)
    row(text, l10n.t('From'), key === undefined ? code(source) : `${code(source)} · ${code(key)}`);
  return text;
}
