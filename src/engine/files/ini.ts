import { closingQuotes, isBlank, PYTHON_SPACE, splitLines } from './ini-text.ts';
import { scanValue } from './ini-value.ts';

/** Text, a list (an unquoted value with commas), or a section below this one. */
export type IniValue = string | readonly string[] | IniSection;
/** Options and sections in file order; names as they are written. */
export type IniSection = Map<string, IniValue>;

/** A file that is not in the syntax of Python's `configobj`, which DVC uses. `line` is 1-based. */
export class IniError extends Error {
  override readonly name = 'IniError';
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

interface OpenSection {
  readonly options: IniSection;
  readonly depth: number;
  readonly parent: OpenSection | undefined;
}

const SECTION_TAIL = new RegExp(`^((?:${PYTHON_SPACE}*\\])+)${PYTHON_SPACE}*(?:#.*)?$`, 'su');
const SECTION_HEAD = new RegExp(`^${PYTHON_SPACE}*((?:\\[${PYTHON_SPACE}*)+)`, 'su');

/**
 * Reads `configobj` syntax: nested sections, quoted names and values, lists, triple quotes, `#` comments.
 *
 * Messages carry no text of the file, because a broken line may hold a password.
 * @throws IniError for the first line that is wrong, in the words of configobj.
 */
export function parseIni(text: string): IniSection {
  const lines = splitLines(text);
  const root: OpenSection = { options: new Map(), depth: 0, parent: undefined };
  let section = root;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    if (isBlank(line) || line.trimStart().startsWith('#')) continue;
    const header = parseHeader(line);
    if (header) {
      section = openSection(section, header, at + 1);
      continue;
    }
    const option = parseOption(line);
    if (!option) throw new IniError('Invalid line (matched as neither section nor keyword)', at + 1);
    const first = at;
    let value: string | readonly string[] | undefined;
    if (/^(?:'''|""")/.test(option.rest)) {
      const block = scanBlock(lines, at, option.rest);
      if (!block) throw new IniError('Parse error in multiline value', at + 1);
      value = block.value;
      at = block.last;
    } else {
      value = scanValue(option.rest);
      if (value === undefined) throw new IniError('Parse error in value', at + 1);
    }
    if (section.options.has(option.key)) throw new IniError('Duplicate keyword name', first + 1);
    section.options.set(option.key, value);
  }
  return root.options;
}

interface Header {
  readonly name: string;
  readonly opened: number;
  readonly closed: number;
}

/** Deeper than any configuration; bounds the attempts for a line of brackets. */
const MAX_DEPTH = 8;

function parseHeader(line: string): Header | undefined {
  const head = SECTION_HEAD.exec(line)?.[0];
  if (head === undefined || count(head, '[') > MAX_DEPTH) return undefined;
  // All brackets open a section if they can; else the last ones belong to its name.
  for (let at = head.length; at > 0; at = head.lastIndexOf('[', at - 1)) {
    const opened = count(head.slice(0, at), '[');
    const header = opened === 0 ? undefined : parseHeaderBody(line.slice(at), opened);
    if (header) return header;
  }
  return undefined;
}

function parseHeaderBody(body: string, opened: number): Header | undefined {
  const quote = body[0];
  const quoted = quote === '"' || quote === "'";
  for (const end of quoted ? closingQuotes(body, quote) : bracketRuns(body)) {
    const tail = SECTION_TAIL.exec(body.slice(end));
    if (!tail) continue;
    const name = quoted ? body.slice(1, end - 1) : body.slice(0, end);
    if (isBlank(name)) continue;
    return { name, opened, closed: count(tail[1]!, ']') };
  }
  return undefined;
}

const RUN = new RegExp(`(?:${PYTHON_SPACE}|\\])+`, 'gu');

/** Where runs of blanks and closing brackets start, behind the first character: only there a header can end. */
function* bracketRuns(body: string): Generator<number> {
  for (const { index, 0: run } of body.matchAll(RUN))
    if (index > 0) yield index;
    else if (run.length > 1) yield 1;
}

function openSection(current: OpenSection, { name, opened, closed }: Header, line: number): OpenSection {
  if (opened !== closed) throw new IniError('Cannot compute the section depth', line);
  if (opened > current.depth + 1) throw new IniError('Section too nested', line);
  let parent = current;
  while (parent.depth >= opened) parent = parent.parent!; // The root's depth is 0 and `opened` is at least 1.
  if (parent.options.has(name)) throw new IniError('Duplicate section name', line);
  const options: IniSection = new Map();
  parent.options.set(name, options);
  return { options, depth: opened, parent };
}

const DIVIDER = new RegExp(`^${PYTHON_SPACE}*=${PYTHON_SPACE}*(.*)$`, 'su');
const INDENT = new RegExp(`^${PYTHON_SPACE}*`, 'u');

function parseOption(line: string): { key: string; rest: string } | undefined {
  const body = line.replace(INDENT, '');
  const quote = body[0];
  if (quote === '"' || quote === "'")
    for (const end of closingQuotes(body, quote)) {
      const rest = DIVIDER.exec(body.slice(end));
      if (rest) return { key: body.slice(1, end - 1), rest: rest[1]! };
    }
  else if (!body.startsWith('=')) return splitOption(body);
  // A name that is no name by itself takes the blank before it along: ` = x` names the option ` `.
  return body.length < line.length ? splitOption(line.slice(line.length - body.length - 1)) : undefined;
}

function splitOption(text: string): { key: string; rest: string } | undefined {
  const divider = text.indexOf('=', 1);
  if (divider < 0) return undefined;
  const key = text[0]! + trimEnd(text.slice(1, divider));
  return { key, rest: DIVIDER.exec(text.slice(divider))![1]! };
}

const TRAILING = new RegExp(`${PYTHON_SPACE}+$`, 'u');
const trimEnd = (text: string): string => text.replace(TRAILING, '');
const count = (text: string, char: string): number => text.split(char).length - 1;
const COMMENT_ONLY = new RegExp(`^${PYTHON_SPACE}*(?:#.*)?$`, 'su');

/** A value in triple quotes, over one line or several. Undefined when it never ends, or text follows it. */
function scanBlock(lines: readonly string[], at: number, rest: string): { value: string; last: number } | undefined {
  const quote = rest.slice(0, 3);
  const close = (text: string): string | undefined => {
    for (let end = text.indexOf(quote); end >= 0; end = text.indexOf(quote, end + 1))
      if (COMMENT_ONLY.test(text.slice(end + 3))) return text.slice(0, end);
    return undefined;
  };
  const first = rest.slice(3);
  if (first.includes(quote)) {
    const value = close(first);
    return value === undefined ? undefined : { value, last: at };
  }
  let value = first;
  for (let last = at + 1; last < lines.length; last++) {
    const line = lines[last]!;
    if (!line.includes(quote)) {
      value += `\n${line}`;
      continue;
    }
    const end = close(line);
    return end === undefined ? undefined : { value: `${value}\n${end}`, last };
  }
  return undefined;
}
