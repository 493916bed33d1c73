import type { PyKey, PyMap, PyValue } from '../core/python.ts';
import { NotALiteral, parseLiteral } from './python-literal.ts';
import { type PythonLine, pythonLines, type Token } from './python-tokens.ts';

/**
 * The parameters of a Python file, as DVC finds them: names assigned a literal at top level, and each class as a dict of its
 * attributes and of what its `__init__` assigns to `self`. Anything that would have to be run is left out.
 *
 * @param path Named in errors.
 * @throws invalidFile with the line, where strings or brackets are not closed.
 */
export function parsePythonParams(source: string, path: string): PyMap {
  return readBody(pythonLines(source, path).flatMap(splitAtSemicolons), false);
}

/** @param selfOnly Inside `__init__`, where plain names are local variables. */
function readBody(lines: readonly PythonLine[], selfOnly: boolean): PyMap {
  const params = new Map<PyKey, PyValue>();
  for (let i = 0; i < lines.length; ) {
    const line = lines[i] as PythonLine; // In range by the loop's condition.
    let end = i + 1;
    while ((lines[end]?.indent ?? -1) > line.indent) end++;
    readStatement(line, lines.slice(i + 1, end), selfOnly, params);
    i = end;
  }
  return params;
}

function readStatement(
  { tokens, indent }: PythonLine,
  block: readonly PythonLine[],
  selfOnly: boolean,
  params: Map<PyKey, PyValue>,
): void {
  const [first, second] = tokens;
  const isClass = first?.text === 'class' && second?.kind === 'name';
  if (isClass || (first?.text === 'def' && second?.text === '__init__')) {
    const behind = tokens.slice(findTop(tokens, ':') + 1);
    const body = behind.length > 0 ? [{ indent: indent + 1, tokens: behind }, ...block] : block;
    const found = readBody(body, !isClass);
    if (isClass) params.set(second.text, found);
    else for (const [name, value] of found) params.set(name, value);
    return;
  }
  const assigned = readAssignment(tokens, selfOnly);
  if (assigned) params.set(...assigned);
}

/** `name = literal` or `self.name = literal`, with or without an annotation. */
function readAssignment(tokens: readonly Token[], selfOnly: boolean): [string, PyValue] | undefined {
  const [first, dot, attribute] = tokens;
  const isSelf = first?.text === 'self' && dot?.text === '.' && attribute?.kind === 'name';
  const target = isSelf ? attribute : first;
  if (target?.kind !== 'name' || (selfOnly && !isSelf) || (!isSelf && KEYWORDS.has(target.text))) return undefined;
  const rest = tokens.slice(isSelf ? 3 : 1);
  const equals = rest[0]?.text === '=' ? 0 : rest[0]?.text === ':' ? findTop(rest, '=') : -1;
  if (equals < 0) return undefined;
  try {
    return [target.text, parseLiteral(rest.slice(equals + 1))];
  } catch (error) {
    if (error instanceof NotALiteral) return undefined;
    throw error;
  }
}

/** The first `mark` outside brackets, or -1. */
function findTop(tokens: readonly Token[], mark: string, from = 0): number {
  let depth = 0;
  for (let i = from; i < tokens.length; i++) {
    const { kind, text = '' } = tokens[i] as Token; // In range.
    if (kind !== 'op') continue;
    if ('([{'.includes(text)) depth++;
    else if (')]}'.includes(text)) depth--;
    else if (depth === 0 && text === mark) return i;
  }
  return -1;
}

/** `a = 1; b = 2` is two statements; what follows a one-line `class A: x = 1;` belongs to its body and stays deeper. */
function splitAtSemicolons({ indent, tokens }: PythonLine): PythonLine[] {
  const lines: PythonLine[] = [];
  for (let from = 0; from < tokens.length; ) {
    const mark = findTop(tokens, ';', from);
    const end = mark < 0 ? tokens.length : mark;
    const compound = tokens[0]?.kind === 'name' && COMPOUND.has(tokens[0].text);
    if (end > from)
      lines.push({ indent: lines.length > 0 && compound ? indent + 1 : indent, tokens: tokens.slice(from, end) });
    from = end + 1;
  }
  return lines;
}

const COMPOUND = new Set([
  'class',
  'def',
  'if',
  'for',
  'while',
  'with',
  'try',
  'else',
  'elif',
  'except',
  'finally',
  'async',
]);
const KEYWORDS = new Set([
  ...COMPOUND,
  'lambda',
  'return',
  'del',
  'raise',
  'assert',
  'yield',
  'await',
  'import',
  'from',
  'global',
  'nonlocal',
  'pass',
  'not',
  'None',
  'True',
  'False',
]);
