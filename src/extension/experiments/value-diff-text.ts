import type { DirectionOf } from '../../engine/index.ts';

/** A value before and after, as texts: empty where it is not there. */
export interface ValueLine {
  readonly key: string;
  readonly old: string;
  readonly new: string;
  /** Undefined where they are not numbers. */
  readonly diff: string | undefined;
}

export interface ValueDiffWords {
  readonly title: string;
  readonly key: string;
  readonly change: string;
  readonly nothing: string;
  readonly better: string;
  readonly worse: string;
  /** `{0}` are revisions with files that cannot be read. */
  readonly failed: string;
}

export interface ValueDiff {
  readonly names: readonly [string, string];
  readonly files: readonly { readonly file: string; readonly lines: readonly ValueLine[] }[];
  /** Revisions with files that cannot be read. */
  readonly failed: readonly string[];
  /** Of metrics alone. */
  readonly directionOf: DirectionOf | undefined;
}

/** Two revisions' values as Markdown: a table for each file. A pure function. */
export function valueDiffMarkdown({ names, files, failed, directionOf }: ValueDiff, words: ValueDiffWords): string {
  const parts = [`# ${words.title}`, names.map(code).join(' → ')];
  if (failed.length > 0) parts.push(`> ⚠ ${words.failed.replace('{0}', failed.map(escaped).join(', '))}`);
  for (const { file, lines } of files) {
    const rows = lines.map((one) => [
      code(one.key === '' ? file : one.key),
      cell(one.old),
      cell(one.new),
      changeOf(one, directionOf?.(file, one.key.split('.')), words),
    ]);
    const head = [words.key, ...names.map(escaped), words.change];
    parts.push(`## ${code(file)}`, [head, ['---', '---:', '---:', ':---'], ...rows].map(line).join('\n'));
  }
  if (files.length === 0) parts.push(words.nothing);
  return `${parts.join('\n\n')}\n`;
}

function changeOf({ diff }: ValueLine, better: 'higher' | 'lower' | undefined, words: ValueDiffWords): string {
  const difference = Number(diff);
  if (diff === undefined || difference === 0) return '';
  const text = escaped(difference > 0 ? `+${diff}` : diff.replace('-', '−'));
  if (better === undefined || Number.isNaN(difference)) return text;
  return difference > 0 === (better === 'higher') ? `**${text}** ▲ ${words.better}` : `${text} ▼ ${words.worse}`;
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const cell = (text: string): string => (text === '' ? '–' : escaped(text));

/** What Markdown or HTML would make something else of stands as it is. */
const escaped = (text: string): string => text.replace(/[\\|`*_<>[\]&#~]/g, '\\$&').replace(/\s+/g, ' ');
const code = (text: string): string => (/[`|\n]/.test(text) ? escaped(text) : `\`${text}\``);
