import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError, plotFailed, templateMissing } from '../core/errors.ts';
import { fromPlain, isPyMap, type PyValue } from '../core/python.ts';
import { parsePyJson } from '../core/python-json.ts';
import type { Template } from '../metrics/plot-fill.ts';
import { BUILT_IN_TEMPLATES, DEFAULT_TEMPLATE } from '../metrics/plot-templates.ts';
import type { Repo } from '../repo.ts';

/** Names of the built-in templates, as DVC lists them. */
export const templateNames = (): string[] => [...BUILT_IN_TEMPLATES.keys()];

/** A built-in template. @throws `usage` for any other name */
export function builtInTemplate(name: string): PyValue {
  const content = BUILT_IN_TEMPLATES.get(name);
  if (content === undefined) throw new DvcError('usage', `Unexpected template: ${name}.`, { exitCode: 1 });
  return fromPlain(content);
}

/**
 * The template of a plot: a file in `.dvc/plots` goes before one at that path, and both before a built-in one. Templates are
 * those of the workspace, whichever revision is drawn. Source: dvc-format 11.4.
 *
 * @throws `plot-failed`
 */
export function findTemplate(repo: Repo, name: string | undefined, cwd: string): Template {
  const asked = name ?? DEFAULT_TEMPLATE;
  const own = path.resolve(repo.dvcDir, 'plots', asked);
  const places = [own, path.join(path.dirname(own), `${path.parse(own).name}.json`), path.resolve(cwd, asked)];
  for (const place of places) {
    const found = readTemplate(place, asked);
    if (found) return found;
  }
  const content = BUILT_IN_TEMPLATES.get(asked);
  if (content === undefined) throw templateMissing(asked);
  return { name: asked, content: fromPlain(content) };
}

function readTemplate(place: string, asked: string): Template | undefined {
  const stats = fs.statSync(place, { throwIfNoEntry: false });
  if (!stats?.isFile()) return undefined;
  try {
    const content = parsePyJson(fs.readFileSync(place, 'utf8'));
    if (isPyMap(content)) return { name: asked, content, source: `${place}:${stats.size}:${stats.mtimeMs}` };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw plotFailed(asked, `the template is no JSON: ${error.message}`);
  }
  throw plotFailed(asked, 'the template is no JSON object');
}
