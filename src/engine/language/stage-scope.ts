import type { RepoPath } from '../core/ids.ts';
import { joinRepoPath, parentOf } from '../core/paths.ts';
import { isPyList, isPyMap, type PyValue } from '../core/python.ts';
import { type Context, toDict, withReserved } from '../files/context.ts';
import { foreachGroup, matrixGroup, NotIterable } from '../files/expand.ts';
import type { TreePath } from '../files/template.ts';
import { TemplateError } from '../files/template-error.ts';
import type { YamlNode } from '../files/yaml-node.ts';
import { readValue } from '../files/yaml-value.ts';
import type { LanguageText, TextPart } from './language-text.ts';
import type { LanguageProject } from './project.ts';
import { bodyPath } from './stage-mentions.ts';
import { nodeAt, textOf } from './yaml-places.ts';

/** What `${}` can name in a stage, complete or not: what the file sees, its own vars, and the first member's `item` and `key`. */
export async function stageScope(
  project: LanguageProject,
  file: RepoPath,
  text: LanguageText,
  part: TextPart,
): Promise<Context> {
  const { root } = part.parsed;
  const body = bodyPath(part);
  let context = await project.context(file, text);
  const vars = valueIn(nodeAt(root, [...body, 'vars']));
  const folder = joinRepoPath(parentOf(file), textOf(nodeAt(root, [...body, 'wdir'])) ?? '.');
  for (const item of isPyList(vars) ? vars : []) {
    const file = typeof item === 'string' && folder !== undefined ? joinRepoPath(folder, item.split(':')[0] ?? '') : '';
    const data = typeof item === 'string' ? (file ? await project.params(file) : undefined) : item;
    if (isPyMap(data)) context = withReserved(context, toDict(data, varsOrigin(file ?? '')).entries);
  }
  return withMember(context, root, part.path);
}

const varsOrigin = (file: string) => ({ source: file === '' ? 'vars' : file, isFile: file !== '', path: [] });

function withMember(context: Context, root: YamlNode | undefined, path: TreePath): Context {
  const axes = valueIn(nodeAt(root, [...path, 'matrix']));
  const data = valueIn(nodeAt(root, [...path, 'foreach']));
  if (axes === undefined && data === undefined) return context;
  try {
    const group = isPyMap(axes) ? matrixGroup(axes, context) : foreachGroup(data ?? null, context);
    const [first] = group.members();
    return first ? withReserved(context, first.values) : context;
  } catch (error) {
    if (error instanceof TemplateError || error instanceof NotIterable) return context;
    throw error;
  }
}

/** The value of a node; undefined where it has none yet. */
function valueIn(node: YamlNode | undefined): PyValue | undefined {
  if (!node) return undefined;
  try {
    return readValue(node, (problem) => new SyntaxError(problem));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
