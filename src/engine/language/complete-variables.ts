import { asRepoPath } from '../core/ids.ts';
import { joinRepoPath } from '../core/paths.ts';
import { type Context, type ContextNode, nodeValue, select } from '../files/context.ts';
import { TemplateError } from '../files/template-error.ts';
import type { Completing, Completion } from './complete.ts';
import { stageScope } from './stage-scope.ts';
import { shown } from './value-text.ts';

/** What `${` can name at the cursor; undefined where the cursor stands in no expression. */
export async function completeVariables(at: Completing): Promise<Completion[] | undefined> {
  const { project, file, text, cursor, position } = at;
  const expression = /(?<!\\)\$\{([^}\n]*)$/.exec(cursor.before)?.[1];
  if (expression === undefined) return undefined;
  const part = cursor.path[0] === 'stages' ? text.part('stages', String(cursor.path[1])) : undefined;
  const context = part ? await stageScope(project, file, text, part) : await project.context(file, text);
  const dot = Math.max(expression.lastIndexOf('.'), expression.lastIndexOf('[')) + 1;
  const node = dot === 0 ? context.root : nodeOf(context, expression.slice(0, dot - 1));
  const behind = text.lines.line(position.line).slice(position.character);
  const rest = /^[\w-]*/.exec(behind)?.[0].length ?? 0;
  const isClosed = /^[^\s${]*\}/.test(behind);
  const isIndex = expression[dot - 1] === '[';
  const start = { line: position.line, character: position.character - (expression.length - dot) };
  const range = { start, end: { line: position.line, character: position.character + rest } };
  return childrenOf(node).map(([name, child]) => ({
    label: name,
    kind: 'variable',
    insert: name + (isIndex ? ']' : '') + (isClosed || child.kind !== 'scalar' ? '' : '}'),
    isSnippet: false,
    range,
    detail: detailOf(child),
    rank: context.reserved.includes(name) ? 0 : 1,
  }));
}

function nodeOf(context: Context, expression: string): ContextNode | undefined {
  try {
    return select(context, expression);
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}

function childrenOf(node: ContextNode | undefined): (readonly [string, ContextNode])[] {
  if (node?.kind === 'dict') return [...node.entries];
  return node?.kind === 'list' ? node.items.map((item, i) => [String(i), item] as const) : [];
}

function detailOf(node: ContextNode): string {
  const value = shown(nodeValue(node));
  const { source, isFile } = node.origin;
  return source !== undefined && isFile ? `${value} · ${joinRepoPath(asRepoPath(''), source) ?? source}` : value;
}
