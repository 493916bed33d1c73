import type { RepoPath } from '../core/ids.ts';
import { findMarkers } from '../files/template-expression.ts';
import { grouped } from './grouped.ts';
import type { LanguageProject } from './project.ts';
import type { TextPosition, TextRange } from './text-lines.ts';
import { asInCommand } from './value-text.ts';
import { scalarsOf } from './yaml-places.ts';

/** The value of one `${}`, to be shown behind it. */
export interface InlayValue {
  readonly position: TextPosition;
  /** Of a group the different values of its members. */
  readonly values: readonly string[];
}

/** The values of the `${}` between two lines. */
export async function inlayValues(
  project: LanguageProject,
  file: RepoPath,
  { start, end }: TextRange,
): Promise<InlayValue[]> {
  const text = await project.text(file);
  if (!text) return [];
  const [from, to] = [text.lines.offset(start), text.lines.offset(end)];
  const found: InlayValue[] = [];
  for (const part of text.stages) {
    if (part.end < from || part.start > to || !part.parsed.source.includes('${')) continue;
    const members = await project.stages(file, text, part);
    const uses = grouped(
      members.flatMap(({ uses }) => uses),
      ({ at }) => at.join('\0'),
    );
    for (const { path, node, isKey } of scalarsOf(part.parsed.root)) {
      const here = uses.get(path.join('\0'));
      if (!here || (isKey && here.length === 0)) continue;
      const markers = findMarkers(part.parsed.source.slice(node.start, node.end));
      for (const [i, marker] of markers.entries()) {
        // The members' uses follow one another, each with all of the markers of this text.
        const values = here.filter((use, at) => at % markers.length === i && use.expression === marker.inner);
        if (values.length === 0) continue;
        const after = text.rangeOf(part, { start: node.start + marker.end, end: node.start + marker.end });
        found.push({ position: after.start, values: [...new Set(values.map(({ value }) => asInCommand(value)))] });
      }
    }
  }
  return found;
}
