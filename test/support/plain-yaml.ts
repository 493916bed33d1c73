export type PlainYaml = string | null | PlainYaml[] | { [key: string]: PlainYaml };

interface Line {
  readonly indent: number;
  readonly text: string;
}

/**
 * Reads the part of YAML that DVC writes: block maps and lists, one-line or folded scalars, `{}` and `[]`.
 *
 * For the checker, which must not share the engine's reader. Scalars stay text. @throws on anything else.
 */
export function parsePlainYaml(text: string): PlainYaml {
  const lines = text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.trim().startsWith('#'))
    .map((line) => ({ indent: line.length - line.trimStart().length, text: line.trim() }));
  let at = 0;
  const peek = (): Line | undefined => lines[at];

  const node = (indent: number): PlainYaml => {
    const line = peek();
    if (!line || line.indent < indent) return null;
    return isItem(line.text) ? list(line.indent) : map(line.indent);
  };
  const list = (indent: number): PlainYaml[] => {
    const items: PlainYaml[] = [];
    for (let line = peek(); line && line.indent === indent && isItem(line.text); line = peek()) {
      const rest = line.text.slice(1).trimStart();
      if (rest === '') {
        at++;
        items.push(node(indent + 1));
      } else if (keyOf(rest) || isItem(rest)) {
        // `- key: value` opens a map whose indent is the key's column.
        const column = indent + line.text.length - rest.length;
        lines[at] = { indent: column, text: rest };
        items.push(node(column));
      } else {
        at++;
        items.push(scalar(rest, indent));
      }
    }
    return items;
  };
  const map = (indent: number): { [key: string]: PlainYaml } => {
    const result: { [key: string]: PlainYaml } = {};
    for (let line = peek(); line && line.indent === indent && !isItem(line.text); line = peek()) {
      const found = keyOf(line.text);
      if (!found) throw new Error(`not a plain map: ${line.text}`);
      at++;
      const next = peek();
      if (found.value !== '') result[found.key] = scalar(found.value, indent);
      else if (next && (next.indent > indent || (next.indent === indent && isItem(next.text))))
        result[found.key] = isItem(next.text) || keyOf(next.text) ? node(next.indent) : scalar('', indent);
      else result[found.key] = null;
    }
    return result;
  };
  /** A scalar goes on over more deeply indented lines; a line end inside it reads as one space. */
  const scalar = (first: string, indent: number): PlainYaml => {
    let text = first;
    for (let line = peek(); line && line.indent > indent; line = peek()) {
      text =
        text.startsWith('"') && text.endsWith('\\')
          ? text.slice(0, -1) + line.text.replace(/^\\/, '')
          : `${text} ${line.text}`;
      at++;
    }
    return scalarOf(text.trim());
  };
  const result = node(0);
  if (at < lines.length) throw new Error(`unexpected line: ${lines[at]?.text}`);
  return result;
}

const isItem = (text: string): boolean => text === '-' || text.startsWith('- ');

/** Splits `key: value`; a quoted key may hold colons. */
function keyOf(text: string): { key: string; value: string } | undefined {
  const quoted = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')\s*:(?:\s+(.*))?$/.exec(text);
  if (quoted) return { key: String(scalarOf(quoted[1] ?? '')), value: quoted[2] ?? '' };
  if (/^["'[{]/.test(text)) return undefined;
  const plain = /^(.*?):(?:\s+(.*))?$/.exec(text);
  return plain && !(plain[1] ?? '').includes(': ') ? { key: plain[1] ?? '', value: plain[2] ?? '' } : undefined;
}

function scalarOf(text: string): PlainYaml {
  if (text === '{}') return {};
  if (text === '[]') return [];
  if (text === '' || text === 'null' || text === '~') return null;
  if (text.startsWith("'")) {
    if (!text.endsWith("'") || text.length < 2) throw new Error(`unclosed quote: ${text}`);
    return text.slice(1, -1).replaceAll("''", "'");
  }
  if (text.startsWith('"')) {
    if (!text.endsWith('"') || text.length < 2) throw new Error(`unclosed quote: ${text}`);
    return text
      .slice(1, -1)
      .replace(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/g, (_all, x, u, big, one) => {
        const hex = x ?? u ?? big;
        if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
        const plain: Record<string, string> = {
          n: '\n',
          t: '\t',
          r: '\r',
          '0': '\0',
          e: '\x1b',
          a: '\x07',
          b: '\b',
          f: '\f',
          v: '\v',
          N: '\u0085',
          _: '\u00a0',
          L: '\u2028',
          P: '\u2029',
        };
        return plain[one] ?? one;
      });
  }
  return text.replace(/\s+#.*$/, '');
}
