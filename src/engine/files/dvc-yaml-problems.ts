import { DvcError, resolveFailed, schemaFailed } from '../core/errors.ts';
import { isPyList, isPyMap, type PyValue, pyStr } from '../core/python.ts';
import { NotIterable } from './expand.ts';
import { type SchemaProblem, UNKNOWN_KEY } from './schema-check.ts';
import type { TreePath } from './template.ts';
import { TemplateError } from './template-error.ts';
import type { Location, Span } from './yaml-locate.ts';

export type Locate = (at: TreePath) => Location | undefined;

/** Something wrong in a dvc.yaml, as an editor shows it. */
export interface DvcYamlProblem {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly hint: string | undefined;
  /** Keys and indices from the top of the file. */
  readonly at: TreePath;
  /** Undefined where the file could not be parsed that far. */
  readonly where: Span | undefined;
}

/** Collects the problems of one file; the first error is what a command throws. */
export class ProblemList {
  readonly problems: DvcYamlProblem[] = [];
  firstError: DvcError | undefined;
  locate: Locate = () => undefined;
  readonly #path: string;
  /** Places with an error: the members of a group would repeat it. */
  readonly #failed = new Set<string>();

  constructor(path: string) {
    this.#path = path;
  }

  add(error: DvcError, at: TreePath, where?: Span): void {
    this.firstError ??= error;
    this.show(error, at, where);
  }

  /** For the editor only: a command meets it later, when it builds the graph. */
  show(error: DvcError, at: TreePath, where = this.#spanOf(at)): void {
    const place = at.map(pyStr).join('\0');
    if (this.#failed.has(place)) return;
    this.#failed.add(place);
    this.problems.push({ severity: 'error', message: error.message, hint: error.hint, at, where });
  }

  warn(message: string, at: TreePath): void {
    this.problems.push({ severity: 'warning', message, hint: undefined, at, where: this.#spanOf(at) });
  }

  /** `what` is the part of the file as DVC names it: `'stages.a.cmd'`, `stage 'a'`. Errors that are bugs are thrown on. */
  addFailure(error: unknown, what: string, at: TreePath): void {
    if (error instanceof DvcError) this.add(error, at);
    else if (error instanceof NotIterable) {
      this.#addResolving(
        resolveFailed(this.#path, `failed to resolve ${what} in '${this.#path}': ${error.message}`, false),
        at,
      );
    } else if (error instanceof TemplateError) {
      const whole = `failed to parse ${what} in '${this.#path}':${error.startsNewLine ? '\n' : ' '}${error.message}`;
      this.#addResolving(resolveFailed(this.#path, whole, error.failure === 'missing-key', error.hint), at);
    } else throw error;
  }

  /** Commands tell the place in words, which an editor underlines. */
  #addResolving(error: DvcError, at: TreePath): void {
    const where = this.#spanOf(at);
    if (where) {
      const place = `It is in line ${where.line} of ${this.#path}, from column ${where.column} on.`;
      const { code, message, data } = error;
      const hint = error.hint === undefined ? place : `${error.hint} ${place}`;
      this.firstError ??= new DvcError(code, message, { hint, data: { ...data, ...where } });
    }
    this.add(error, at, where);
  }

  /** Each problem for the editor, and one error for a command that prints them all, as DVC does. */
  addSchema(found: readonly SchemaProblem[], root: PyValue, text: string): void {
    const [first] = found;
    if (first === undefined) return;
    const lines = text.split(/\r\n|[\n\r]/);
    const detail = isPyMap(root)
      ? found.map((problem) => `\n${this.#describe(problem, root, lines)}`).join('\n')
      : first.message;
    this.firstError ??= schemaFailed(this.#path, found.length, detail, found.find(({ hint }) => hint)?.hint);
    for (const { message, path, hint } of found) {
      const where = this.#spanOf(path, message === UNKNOWN_KEY);
      this.problems.push({ severity: 'error', message: sentence(message, path), hint, at: path, where });
    }
  }

  /** DVC's line: the problem, its keys, and where the nearest collection around it begins, with the lines there. */
  #describe({ message, path }: SchemaProblem, root: PyValue, lines: readonly string[]): string {
    const place = this.#nearestCollection(path, root);
    if (place === undefined) return sentence(message, path);
    const { line, column, steps } = place;
    const from = Math.max(line - 1, 1);
    const width = String(lines.length).length + 2;
    const excerpt = lines
      .slice(from - 1, line + steps - 1)
      .map((text, i) => `${String(from + i).padStart(width)} ${text}`.trimEnd());
    return `${sentence(message, path)}, line ${line}, column ${column}\n${excerpt.join('\n')}`;
  }

  #nearestCollection(path: TreePath, root: PyValue): { line: number; column: number; steps: number } | undefined {
    for (let steps = 1; steps < 5 && path.length - steps >= 0; steps++) {
      const at = path.slice(0, path.length - steps + 1);
      const value = at.reduce<PyValue | undefined>(childOf, root);
      const found = isPyMap(value) || isPyList(value) ? this.locate(at) : undefined;
      if (found?.exact) return { line: found.value.line, column: found.value.column, steps };
    }
    return undefined;
  }

  /** The value at `at`, or its key; the key of what is around it where the file has no such part. */
  #spanOf(at: TreePath, key = false): Span | undefined {
    const found = this.locate(at);
    return found && (found.exact && !key ? found.value : found.key);
  }
}

const sentence = (message: string, path: TreePath): string =>
  path.length === 0 ? message : `${message}, in ${path.map(pyStr).join(' -> ')}`;

function childOf(value: PyValue | undefined, key: TreePath[number]): PyValue | undefined {
  if (isPyList(value)) return typeof key === 'number' ? value[key] : undefined;
  return isPyMap(value) ? value.get(key) : undefined;
}
