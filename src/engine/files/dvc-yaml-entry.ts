import { isPyList, isPyMap, type PyMap, type PyValue, pyMap, pyStr, pyTruthy } from '../core/python.ts';
import { PLOT_PROPS } from './dvc-yaml-schema.ts';
import { DEFAULT_PARAMS_FILE } from './params-file.ts';
import { stringify, wrongType } from './template.ts';
import { TemplateError } from './template-error.ts';
import { pyTypeName } from './type-name.ts';

/** What a stage reads from one params file. */
export interface ParamsEntry {
  readonly path: string;
  /** Dotted keys as written, or every top-level key of the file. */
  readonly keys: readonly string[] | 'all';
}

/** One output of a stage, with its flags (dvc-format 4.5). */
export interface OutEntry {
  /** Relative to the stage's wdir. */
  readonly path: string;
  readonly kind: 'out' | 'metric' | 'plot';
  readonly cache: boolean;
  readonly persist: boolean;
  readonly push: boolean;
  readonly remote: string | undefined;
  readonly desc: string | undefined;
  readonly type: string | undefined;
  readonly labels: readonly string[];
  readonly meta: PyValue;
  /** `template`, `x`, `y`, … of a plot, in DVC's order; empty where none is given. */
  readonly plot: PyMap;
}

/** A command, or commands to run one after another. @throws TemplateError for a dict that stands alone: no options without a program. */
export const cmdOf = (cmd: PyValue): string | readonly string[] => (isPyList(cmd) ? cmd.map(lineOf) : lineOf(cmd));

function lineOf(cmd: PyValue): string {
  if (isPyMap(cmd)) throw wrongType('dict');
  return stringify(cmd);
}

/** The entries of a list of texts. */
export const textsOf = (list: PyValue | undefined): string[] => (isPyList(list) ? list.map(pyStr) : []);

export const optionalText = (value: PyValue | undefined): string | undefined =>
  value === undefined || value === null ? undefined : pyStr(value);

/**
 * A stage's `params`, one entry for each file, in the order of first mention. A file named without keys anywhere is used whole.
 *
 * @throws TemplateError for a file with something else than a list of keys.
 */
export function mergeParams(list: PyValue | undefined): ParamsEntry[] {
  const items = isPyList(list) ? list : [];
  const maps = items.filter(isPyMap);
  const whole = new Set(
    maps.flatMap((map) => [...map].filter(([, keys]) => !pyTruthy(keys)).map(([file]) => pyStr(file))),
  );
  const merged = new Map<string, string[] | 'all'>();
  const add = (file: string, keys: readonly string[]): void => {
    const before = merged.get(file);
    if (before !== 'all') merged.set(file, [...(before ?? []), ...keys]);
  };
  for (const item of items) {
    if (!isPyMap(item)) {
      if (!whole.has(DEFAULT_PARAMS_FILE)) add(DEFAULT_PARAMS_FILE, [pyStr(item)]);
      continue;
    }
    for (const [key, keys] of item) {
      const file = pyStr(key);
      if (whole.has(file)) merged.set(file, 'all');
      else if (isPyList(keys)) add(file, keys.map(pyStr));
      else throw wrongParams(file, keys);
    }
  }
  return [...merged].map(([path, keys]) => ({ path, keys }));
}

const wrongParams = (file: string, keys: PyValue): TemplateError =>
  new TemplateError('vars', `Expected list of params for custom params file '${file}', got '${pyTypeName(keys)}'.`);

const OUT_LISTS = [
  ['outs', 'out'],
  ['metrics', 'metric'],
  ['plots', 'plot'],
] as const;

/** A stage's outputs: `outs`, `metrics`, `plots`. Within one list a repeated path collects flags; across lists it stays double. */
export function outsOf(stage: PyMap): OutEntry[] {
  return OUT_LISTS.flatMap(([list, kind]) => {
    const merged = new Map<string, Map<PyValue, PyValue>>();
    for (const [path, flags] of listed(stage.get(list))) {
      const known = merged.get(path) ?? new Map<PyValue, PyValue>();
      for (const [flag, value] of flags) known.set(flag, value);
      merged.set(path, known);
    }
    return [...merged].map(([path, flags]) => outEntry(path, kind, flags));
  });
}

function* listed(list: PyValue | undefined): Iterable<readonly [string, ReadonlyMap<PyValue, PyValue>]> {
  for (const item of isPyList(list) ? list : []) {
    if (!isPyMap(item)) {
      yield [pyStr(item), new Map()];
      continue;
    }
    for (const [key, flags] of item) {
      const path = pyStr(key);
      if (!isPyMap(flags)) {
        throw new TemplateError('vars', `Expected dict for '${path}', got: '${pyTypeName(flags)}'`);
      }
      yield [path, flags];
    }
  }
}

function outEntry(path: string, kind: OutEntry['kind'], flags: ReadonlyMap<PyValue, PyValue>): OutEntry {
  const plotKeys = kind === 'plot' ? Object.keys(PLOT_PROPS) : [];
  return {
    path,
    kind,
    cache: flags.get('cache') !== false,
    persist: flags.get('persist') === true,
    push: flags.get('push') !== false,
    remote: optionalText(flags.get('remote')),
    desc: optionalText(flags.get('desc')),
    type: optionalText(flags.get('type')),
    labels: textsOf(flags.get('labels')),
    meta: flags.get('meta') ?? null,
    plot: pyMap(plotKeys.map((key) => [key, flags.get(key)] as const)),
  };
}
