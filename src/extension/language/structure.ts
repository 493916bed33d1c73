import {
  type DocumentFormattingEditProvider,
  DocumentSymbol,
  type DocumentSymbolProvider,
  FoldingRange,
  type FoldingRangeProvider,
  SelectionRange,
  type SelectionRangeProvider,
  SymbolKind,
  type TextDocument,
  TextEdit,
} from 'vscode';
import type { OutlineItem } from '../../engine/index.ts';
import { type LanguageProjects, toRange } from './language-projects.ts';

const SYMBOLS: Readonly<Record<OutlineItem['kind'], SymbolKind>> = {
  section: SymbolKind.Namespace,
  stage: SymbolKind.Event,
  group: SymbolKind.Array,
  dep: SymbolKind.File,
  param: SymbolKind.Field,
  out: SymbolKind.File,
  metric: SymbolKind.Number,
  plot: SymbolKind.Object,
  artifact: SymbolKind.Package,
};

export const symbolProvider = (projects: LanguageProjects): DocumentSymbolProvider => ({
  provideDocumentSymbols: (document, token) =>
    projects.ask(document, token, async ({ engine, project, file }) =>
      (await engine.outlineOf(project, file)).map(symbolOf),
    ),
});

function symbolOf({ name, kind, detail, range, selection, children }: OutlineItem): DocumentSymbol {
  const symbol = new DocumentSymbol(name, detail, SYMBOLS[kind], toRange(range), toRange(selection));
  symbol.children = children.map(symbolOf);
  return symbol;
}

export const foldingProvider = (projects: LanguageProjects): FoldingRangeProvider => ({
  provideFoldingRanges: (document, _, token) =>
    projects.ask(document, token, async ({ engine, project, file }) => {
      const text = await project.text(file);
      return text && engine.foldsOf(text).map(({ start, end }) => new FoldingRange(start, end));
    }),
});

export const selectionProvider = (projects: LanguageProjects): SelectionRangeProvider => ({
  provideSelectionRanges: (document, positions, token) =>
    projects.ask(document, token, async ({ engine, project, file }) => {
      const text = await project.text(file);
      return text && positions.map((position) => nested(engine.selectionsAt(text, text.lines.offset(position))));
    }),
});

/** The innermost range, each with the one around it. */
function nested(ranges: Parameters<typeof toRange>[0][]): SelectionRange {
  let outer: SelectionRange | undefined;
  for (const range of [...ranges].reverse()) outer = new SelectionRange(toRange(range), outer);
  return outer ?? new SelectionRange(toRange({ start: ORIGIN, end: ORIGIN }));
}

const ORIGIN = { line: 0, character: 0 };

/** As DVC itself would write the file. */
export const formattingProvider = (projects: LanguageProjects): DocumentFormattingEditProvider => ({
  provideDocumentFormattingEdits: (document, _, token) =>
    projects.ask(document, token, async ({ engine, project, file }) => {
      const text = await project.text(file);
      const written = text && engine.reformatted(text.text);
      return written === undefined || written === text?.text ? [] : [replacement(document, written)];
    }),
});

/** One edit of the lines that differ, so that the cursor and folded parts elsewhere stay. */
function replacement(document: TextDocument, written: string): TextEdit {
  const [before, after] = [document.getText().split(/\r\n|\r|\n/), written.split('\n')];
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const [last, end] = [before.length - tail, after.length - tail];
  const isToEnd = tail === 0;
  const range = {
    start: { line: head, character: 0 },
    end: isToEnd ? { line: last - 1, character: before[last - 1]?.length ?? 0 } : { line: last, character: 0 },
  };
  const text = after.slice(head, end).join('\n');
  return TextEdit.replace(toRange(range), isToEnd || end === head ? text : `${text}\n`);
}
