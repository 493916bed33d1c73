import type { RepoPath } from '../core/ids.ts';
import { joinRepoPath, parentOf } from '../core/paths.ts';
import { languageFileOf } from './language-text.ts';
import type { LanguageProject } from './project.ts';
import type { TextRange } from './text-lines.ts';
import { nodeAt, scalarsOf, textOf } from './yaml-places.ts';

/** A path in a file that can be followed. */
export interface PathLink {
  readonly range: TextRange;
  readonly place: RepoPath;
}

/** The paths of a dvc.yaml or pointer file; what they lead to may not be there. */
export async function pathLinks(project: LanguageProject, file: RepoPath): Promise<PathLink[]> {
  const text = await project.text(file);
  if (!text) return [];
  const links: PathLink[] = [];
  if (languageFileOf(file) === 'dvc.yaml') {
    const seen = new Set<object>();
    for await (const { kind, node, part, place } of project.mentionsIn(file, text)) {
      if (kind === 'param' || place === undefined || place === '' || seen.has(node)) continue;
      seen.add(node);
      links.push({ range: text.rangeOf(part, node), place });
    }
    return links;
  }
  const wdir = textOf(nodeAt(text.part('wdir')?.parsed.root, ['wdir'])) ?? '.';
  const folder = joinRepoPath(parentOf(file), wdir);
  for (const part of text.parts)
    for (const { path, node, isKey } of scalarsOf(part.parsed.root)) {
      const isPath = !isKey && path.at(-1) === 'path' && typeof path.at(-2) === 'number' && path.length === 3;
      const place = isPath && folder !== undefined ? joinRepoPath(folder, node.text) : undefined;
      if (place) links.push({ range: text.rangeOf(part, node), place });
    }
  return links;
}
