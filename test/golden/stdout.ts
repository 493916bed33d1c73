import type { Expectation, StdoutMode } from './cases.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

/** Reads a command's standard output as a step asks; the answer is one of the `stdout_*` fields of an expectation. */
export function readStdout(text: string, mode: StdoutMode): Partial<Expectation> {
  switch (mode) {
    case 'lines':
      return {
        stdout_lines: text
          .split(/\r?\n/)
          .map((line) => line.trim().split(/\s+/).join(' '))
          .filter(Boolean)
          .sort(),
      };
    case 'text':
      return {
        stdout_text: text
          .split('\n')
          .map((line) => line.trimEnd())
          .join('\n')
          .replace(/^\n+|\n+$/g, ''),
      };
    default:
      return { stdout_json: normalize(parseJson(text), mode) };
  }
}

/** Brings a JSON answer into the form in which two of them may be compared. Doing it twice changes nothing. */
export function normalize(value: Json, mode: StdoutMode): Json {
  if (mode === 'unordered') return withoutOrder(value);
  if (mode === 'exp-show') return experiments(value as JsonObject[]);
  if (mode === 'plots') return withoutErrorTexts(value);
  return value;
}

/** The Vega specifications and the images of a page of plots, in order of their ids; scripts, styles and layout are free. */
export function readPage(html: string): Json {
  const plots: JsonObject[] = [];
  for (const [, id, body] of html.matchAll(/<div\s+id\s*=\s*"([^"]*)"(.*?)(?=<div\s+id\s*=|$(?![\s\S]))/gs)) {
    const spec = /\bspec\s*=\s*(\{.*\})\s*;?\s*vegaEmbed/s.exec(body!)?.[1];
    const images = [...body!.matchAll(/<p>([^<]*)<\/p>\s*<img[^>]*?\bsrc="([^"]*)"/g)];
    plots.push(
      spec === undefined
        ? { id: id!, images: images.map(([, caption, src]) => [caption!, src!]) }
        : { id: id!, vega: withoutErrorTexts(parseJson(spec)) },
    );
  }
  return plots.sort((a, b) => compareText(String(a['id']), String(b['id'])));
}

/** JSON as Python writes it: NaN and the infinities are allowed and become texts, so that they equal themselves. */
function parseJson(text: string): Json {
  const names: Record<string, string> = { NaN: '"nan"', Infinity: '"inf"', '-Infinity': '"-inf"' };
  const strict = text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/gs, (token) => names[token] ?? token);
  return JSON.parse(strict, (_key, value: Json) => (Object.is(value, -0) ? 0 : value)) as Json;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Text that is the same for equal values, whatever the order of their keys. */
const canonical = (value: Json): string =>
  JSON.stringify(value, (_key, inner: Json) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => compareText(a, b))) : inner,
  );

/** Lists as sets; the size of a folder, which the file system decides, is dropped. */
function withoutOrder(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutOrder).sort((a, b) => compareText(canonical(a), canonical(b)));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([key]) => !(key === 'size' && value['isdir']));
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutOrder(inner)]));
}

/** Of the errors only name, rev, source and type are kept, in any order. */
function withoutErrorTexts(value: Json): Json {
  if (!isObject(value) || !Array.isArray(value['errors'])) return value;
  const kept = value['errors'].map((error) =>
    Object.fromEntries(
      Object.entries(error as JsonObject).filter(([key]) => ['name', 'rev', 'source', 'type'].includes(key)),
    ),
  );
  return { ...value, errors: kept.sort((a, b) => compareText(canonical(a), canonical(b))) };
}

/** Names, params, metrics and hashes of `exp show`; ids of commits, times and executors are dropped. */
function experiments(baselines: JsonObject[]): Json {
  return baselines.map((baseline) => {
    if ('experiments' in baseline && 'workspace' in baseline) return baseline; // Recorded ones are in this form already.
    const list = ((baseline['experiments'] ?? []) as JsonObject[]).map((experiment) => ({
      name: experiment['name'] ?? null,
      revs: ((experiment['revs'] ?? []) as JsonObject[]).map(revision),
    }));
    return { ...revision(baseline), experiments: list.sort((a, b) => compareText(String(a.name), String(b.name))) };
  });
}

function revision(row: JsonObject): JsonObject {
  const data = isObject(row['data']) ? row['data'] : {};
  const pick = (part: string, field: string) =>
    Object.fromEntries(
      Object.entries((data[part] ?? {}) as JsonObject).map(([name, entry]) => [
        name,
        (isObject(entry) ? entry[field] : null) ?? null,
      ]),
    );
  return {
    name: row['name'] ?? null,
    workspace: row['rev'] === 'workspace',
    ...(row['error'] ? { error: true } : {}),
    params: pick('params', 'data'),
    metrics: pick('metrics', 'data'),
    deps: pick('deps', 'hash'),
    outs: pick('outs', 'hash'),
  };
}
