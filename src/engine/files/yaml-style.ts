import { scalarKind } from './yaml-scalar.ts';

/** Which ways of writing a text would read back as the same text. */
export interface TextShape {
  readonly plainInBlock: boolean;
  readonly plainInFlow: boolean;
  readonly single: boolean;
  readonly multiline: boolean;
}

export type WrittenStyle = 'plain' | 'single' | 'double';

const BREAKS = /[\n\u0085\u2028\u2029]/;
/** Anything but a line feed that cannot stand as itself, even in quotes. Tabs are among them. */
const UNPRINTABLE = /[^\n\x20-\x7e\u0085\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;
const LEADING_INDICATOR = /^[#,[\]{}&*!|>'"%@`]/;
const WHITE = '[\\0 \\t\\r\\n\\u0085\\u2028\\u2029]';
const INNER_INDICATOR = new RegExp(`.:(?:${WHITE}|$)|${WHITE}#`, 's');
const LEADING_BEFORE_WHITE = new RegExp(`^[?:-](?:${WHITE}|$)`);
const LEADING_DASH_BEFORE_WHITE = new RegExp(`^-(?:${WHITE}|$)`);
/** Nothing that needs a closer look: letters, digits and what paths and hashes are made of. */
const HARMLESS = /^[A-Za-z/_][\w./-]*$/;
const HARMLESS_SHAPE: TextShape = { plainInBlock: true, plainInFlow: true, single: true, multiline: false };

export function textShape(text: string): TextShape {
  if (HARMLESS.test(text)) return HARMLESS_SHAPE;
  if (text === '') return { plainInBlock: true, plainInFlow: false, single: true, multiline: false };
  const multiline = BREAKS.test(text);
  const unprintable = UNPRINTABLE.test(text);
  const document = text.startsWith('---') || text.startsWith('...');
  const indicator = document || LEADING_INDICATOR.test(text) || INNER_INDICATOR.test(text);
  const edges = /^[ \n\u0085\u2028\u2029]|[ \n\u0085\u2028\u2029]$/.test(text);
  const never = multiline || unprintable || edges;
  return {
    plainInBlock: !never && !indicator && !LEADING_BEFORE_WHITE.test(text),
    plainInFlow:
      !never && !indicator && !LEADING_DASH_BEFORE_WHITE.test(text) && !/[,[\]{}]/.test(text) && !/^[?:]$/.test(text),
    // Blanks around a break would be folded away.
    single: !unprintable && !/ [\n\u0085\u2028\u2029]|[\n\u0085\u2028\u2029] /.test(text),
    multiline,
  };
}

/** How DVC writes a text that has no style of its own. */
export function styleOfText(text: string, inFlow: boolean, asKey: boolean): WrittenStyle {
  const shape = textShape(text);
  const plain = inFlow ? shape.plainInFlow : shape.plainInBlock;
  if (plain && scalarKind(text) === 'string' && !(asKey && (text === '' || shape.multiline))) return 'plain';
  if (text.includes("'") || text.includes('\n')) return 'double';
  return shape.single && !(asKey && shape.multiline) ? 'single' : 'double';
}
