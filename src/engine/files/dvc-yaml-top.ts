import { isPyMap, type PyMap, type PyValue, pyStr } from '../core/python.ts';
import type { Context } from './context.ts';
import { optionalText, textsOf } from './dvc-yaml-entry.ts';
import type { ProblemList } from './dvc-yaml-problems.ts';
import { interpolate, mapStrings } from './template.ts';
import { TemplateError } from './template-error.ts';
import { checkSyntax } from './template-expression.ts';
import { pyTypeName } from './type-name.ts';

/** One named artifact of the model registry (dvc-format 13.1). */
export interface ArtifactEntry {
  readonly name: string;
  /** Relative to the dvc.yaml's folder. */
  readonly path: string;
  readonly type: string | undefined;
  readonly desc: string | undefined;
  readonly labels: readonly string[];
  readonly meta: PyValue;
}

/** The items of `params`, `metrics`, `plots` or `datasets`, resolved; those with errors are left out. */
export function resolveItems(
  section: string,
  items: readonly PyValue[],
  context: Context,
  problems: ProblemList,
): PyValue[] {
  return items.flatMap((item, i) => {
    try {
      return [resolveValue(item, context)];
    } catch (error) {
      problems.addFailure(error, `'${section}.${i}'`, [section, i]);
      return [];
    }
  });
}

/** As {@link resolveItems}, where each must come out as text. */
export function resolveTexts(
  section: string,
  items: readonly PyValue[],
  context: Context,
  problems: ProblemList,
): string[] {
  return items.flatMap((item, i) => {
    try {
      return [requireScalar(resolveValue(item, context))];
    } catch (error) {
      problems.addFailure(error, `'${section}.${i}'`, [section, i]);
      return [];
    }
  });
}

function requireScalar(value: PyValue): string {
  if (typeof value === 'object' && (isPyMap(value) || Array.isArray(value))) {
    throw new TemplateError('syntax', `Cannot interpolate data of type '${pyTypeName(value)}'`);
  }
  return pyStr(value);
}

/** What GTO, which makes the tags of artifacts, accepts as a name. */
const ARTIFACT_NAME = /^[a-zA-Z0-9]([a-zA-Z0-9\-/_]*[a-zA-Z0-9])?$/;

export function resolveArtifacts(section: PyMap, context: Context, problems: ProblemList): ArtifactEntry[] {
  const artifacts = new Map<string, ArtifactEntry>();
  for (const [key, value] of section) {
    try {
      const name = resolveValue(key, context);
      if (typeof name !== 'string') {
        throw new TemplateError('vars', `expected str, got ${pyTypeName(name)}`);
      }
      const body = resolveValue(value, context);
      if (!isPyMap(body)) continue; // The schema has refused it.
      if (!ARTIFACT_NAME.test(name)) problems.warn(`Can't use '${name}' as artifact name (ID).`, ['artifacts', key]);
      artifacts.set(name, {
        name,
        path: pyStr(body.get('path') ?? null),
        type: optionalText(body.get('type')),
        desc: optionalText(body.get('desc')),
        labels: textsOf(body.get('labels')),
        meta: body.get('meta') ?? null,
      });
    } catch (error) {
      problems.addFailure(error, `'artifacts.${pyStr(key)}'`, ['artifacts', key]);
    }
  }
  return [...artifacts.values()];
}

/** Outside stages, expressions may give values of any type. */
function resolveValue(value: PyValue, context: Context): PyValue {
  mapStrings(value, (text) => {
    checkSyntax(text);
    return text;
  });
  return mapStrings(value, (text) => interpolate(text, context).value);
}
