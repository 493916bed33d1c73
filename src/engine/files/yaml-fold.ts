/**
 * Where a folded (`>`) scalar had its line breaks: positions in `text` of the blanks that stand for them.
 *
 * @param raw The scalar's source, its header line first.
 */
export function foldPositions(raw: string, text: string): readonly number[] {
  const lines = raw.split('\n').slice(1);
  const indent = Math.min(...lines.filter((line) => line.trim() !== '').map((line) => line.search(/[^ ]/)));
  const explicit = /^>[-+]?([1-9])/.test(raw);
  const folds: number[] = [];
  let at = 0;
  for (const line of lines) {
    // With an explicit indent the blanks in front belong to the text; then each line is looked for as it is.
    const content = line.slice(explicit ? 0 : indent);
    if (content === '') continue;
    const found = text.indexOf(explicit ? content.trimStart() : content, at);
    if (found < 0) return folds;
    if (
      found > 0 &&
      found - at === 1 &&
      text[at] === ' ' &&
      !/\s/.test(text[at - 1] ?? ' ') &&
      !/\s/.test(text[found] ?? ' ')
    )
      folds.push(at);
    at = found + (explicit ? content.trimStart() : content).length;
  }
  return folds;
}
