import { type DvcError, schemaFailed } from '../core/errors.ts';
import { pyStr } from '../core/python.ts';
import type { SchemaProblem } from './schema-check.ts';
import type { YamlDoc } from './yaml-doc.ts';

/** One error for everything a schema refuses in a file, each problem with the line and column of the key it is about. */
export function schemaError(path: string, doc: YamlDoc, problems: readonly SchemaProblem[]): DvcError {
  const lines = problems.map((problem) => `\n${describe(problem, doc)}`);
  return schemaFailed(path, problems.length, lines.join(''), problems.find(({ hint }) => hint)?.hint);
}

function describe({ message, path }: SchemaProblem, doc: YamlDoc): string {
  const keys = path.length === 0 ? '' : `, in ${path.map(pyStr).join(' -> ')}`;
  const where = doc.locate(path)?.key;
  return `${message}${keys}${where ? `, line ${where.line}, column ${where.column}` : ''}`;
}
