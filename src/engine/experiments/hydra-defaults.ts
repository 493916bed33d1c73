import { type DvcError, invalidFile } from '../core/errors.ts';
import type { PyKey, PyValue } from '../core/python.ts';
import { type HydraChoices, noOption } from './hydra-choices.ts';
import {
  absoluteHeader,
  filePath,
  groupPath,
  isSelf,
  nameOf,
  overrideKey,
  type Placed,
  packageOfContent,
  place,
} from './hydra-entry.ts';
import { type DefaultEntry, type HydraSource, notInSource } from './hydra-source.ts';
import { ExpressionError } from './omega-expression.ts';
import { MISSING, resolveAlone } from './omega-resolve.ts';

/** One file of the result, and where its content goes. */
export interface ComposedFile {
  /** From the top, without `.yaml`. */
  readonly file: string;
  /** Dotted, empty for the top. */
  readonly pkg: string;
  /** The group that an override would name; undefined for a file that has files of its own. */
  readonly key: string | undefined;
}

const SELF: DefaultEntry = { kind: 'config', path: '_self_', pkg: undefined };
const MOST_DEPTH = 50;

/**
 * The files that make up a configuration, in the order in which they are merged: the defaults lists of files, of the files they name, and
 * so on, with what overrides change of them.
 *
 * @param name Of the first file. @throws `invalid-file`, `bad-override`
 */
export function composedFiles(source: HydraSource, name: string, choices: HydraChoices): ComposedFile[] {
  const tree = new DefaultsTree(source, choices);
  const files = tree.primary(name);
  const ofHydra = choices.ofHydra().flatMap(({ group, value }) => tree.ofHydra(group, value));
  choices.refuseUnused();
  const all = [...ofHydra, ...files];
  const keys = new Set<string>();
  for (const { key } of all) {
    if (key === undefined) continue;
    if (keys.has(key)) throw invalidFile(name, `${key} appears more than once in the final defaults list`);
    keys.add(key);
  }
  return all;
}

interface Children {
  readonly children: readonly Child[];
  /** What `${}` in this defaults list can name: the options of groups, and `defaults`. */
  readonly known: Map<PyKey, PyValue>;
}
type Child = { readonly files: readonly ComposedFile[] } | { readonly deferred: Placed };

class DefaultsTree {
  readonly #source: HydraSource;
  readonly #choices: HydraChoices;
  #depth = 0;

  constructor(source: HydraSource, choices: HydraChoices) {
    this.#source = source;
    this.#choices = choices;
  }

  primary(name: string): ComposedFile[] {
    const placed = { ...place({ kind: 'config', path: name, pkg: undefined }, '', ''), primary: true };
    return this.#expand(placed, undefined, false);
  }

  /** Files of the user's own for one of Hydra's groups: what Hydra brings itself is no part of the params. */
  ofHydra(group: string, value: string | null | readonly string[]): ComposedFile[] {
    const names = value === null ? [] : typeof value === 'string' ? [value] : value;
    return names.flatMap((one) => {
      const entry: DefaultEntry = { kind: 'group', group, pkg: undefined, value: one, optional: true, override: false };
      return this.#expand(place(entry, '', ''), undefined, false);
    });
  }

  /** The files of one entry. `deferred`: it is named by `${}`, and what is below it can no longer override groups. */
  #expand(bare: Placed, parent: Placed | undefined, deferred: boolean): ComposedFile[] {
    if (this.#depth >= MOST_DEPTH) throw invalidFile(filePath(bare), 'its defaults lists lead back to themselves');
    this.#depth++;
    try {
      return this.#expandOne(bare, parent, deferred);
    } finally {
      this.#depth--;
    }
  }

  #expandOne(bare: Placed, parent: Placed | undefined, deferred: boolean): ComposedFile[] {
    const missing = nameOf(bare) === MISSING;
    const header = missing || bare.value === null ? undefined : this.#source.file(filePath(bare))?.header;
    const placed = { ...bare, header: absoluteHeader(header) };
    if (this.#choices.takesOut(placed)) return [];
    this.#choices.know(placed);
    if (placed.value === null) return [];
    const file = filePath(placed);
    if (file.endsWith(MISSING)) throw this.#mustChoose(placed);
    const loaded = this.#source.file(file);
    if (!loaded) {
      if (placed.entry.kind === 'group' ? placed.entry.optional : false) return [];
      throw this.#notFound(placed, parent);
    }
    const entries = withSelf(file, loaded.defaults, placed.primary && this.#choices.appended.length > 0);
    if (placed.primary) entries.push(...this.#choices.appended);
    const pkg = packageOfContent(placed, { withHeader: true });
    const { children, known } = this.#children(placed, entries, pkg, deferred);
    const isGroup = placed.entry.kind === 'group';
    if (children.length === 0) return [{ file, pkg, key: isGroup ? overrideKey(placed) : undefined }];
    return children
      .map((child) => ('files' in child ? child.files : this.#expandDeferred(child.deferred, placed, known)))
      .reverse()
      .flat();
  }

  /** From the last entry to the first, as later ones decide about earlier ones. */
  #children(parent: Placed, entries: readonly DefaultEntry[], pkg: string, deferred: boolean): Children {
    const [file, base] = [filePath(parent), groupPath(parent)];
    this.#readOverrides(parent, entries, pkg, deferred);
    const children: Child[] = [];
    const named: PyValue[] = [];
    for (const entry of [...entries].reverse()) {
      if (isSelf({ entry })) {
        children.push({ files: [{ file, pkg, key: undefined }] });
        continue;
      }
      const isOverride = entry.kind === 'group' && entry.override;
      const bare = place(entry, base, pkg);
      const placed = isOverride ? bare : this.#choices.choose(bare);
      named.unshift(entry.kind === 'config' ? filePath(placed) : new Map([[overrideKey(placed), placed.value]]));
      if (isOverride) continue;
      if (entry.kind === 'group' && Array.isArray(placed.value)) {
        for (const option of [...(placed.value as readonly string[])].reverse())
          children.push({ files: this.#option(parent, entry, placed, option, pkg, deferred) });
      } else if (isDeferred(placed)) children.push({ deferred: placed });
      else children.push({ files: this.#expand(placed, parent, deferred) });
    }
    return { children, known: new Map<PyKey, PyValue>([...this.#choices.known, ['defaults', named]]) };
  }

  #option(
    parent: Placed,
    entry: Extract<DefaultEntry, { kind: 'group' }>,
    placed: Placed,
    option: string,
    pkg: string,
    deferred: boolean,
  ): ComposedFile[] {
    if (option.includes('${'))
      throw invalidFile(filePath(parent), `an option of a list in its 'defaults' cannot have \${}: '${option}'`);
    const one = place({ kind: 'config', path: `${entry.group}/${option}`, pkg: undefined }, placed.base, pkg);
    const there = this.#source.file(filePath(one)) !== undefined;
    if (!there && entry.optional) return [];
    return this.#expand({ ...one, pkg: placed.pkg }, parent, deferred);
  }

  /** `override group: option` entries, which have to be the last. */
  #readOverrides(parent: Placed, entries: readonly DefaultEntry[], pkg: string, deferred: boolean): void {
    const file = filePath(parent);
    let last: string | undefined;
    for (const entry of entries) {
      if (isSelf({ entry })) continue;
      const placed = place(entry, groupPath(parent), pkg);
      const isOverride = entry.kind === 'group' && entry.override;
      if (last !== undefined && !isOverride && !this.#choices.appended.includes(entry))
        throw invalidFile(
          file,
          `Override '${last}' is defined before '${entry.kind === 'group' ? overrideKey(placed) : entry.path}'. Overrides must be at the end of the defaults list`,
        );
      if (!isOverride) continue;
      last = `${overrideKey(placed)} : ${String(placed.value)}`;
      if (deferred)
        throw invalidFile(
          file,
          `Default List Overrides are not allowed in the subtree of an in interpolated config group (override ${last})`,
        );
      this.#choices.override(file, placed);
    }
  }

  #expandDeferred(placed: Placed, parent: Placed, known: Map<PyKey, PyValue>): ComposedFile[] {
    const text = placed.entry.kind === 'group' ? String(placed.value) : filePath(placed);
    let value: PyValue;
    try {
      value = resolveAlone(text, known);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      const options = [...known.keys()].filter((key) => key !== 'defaults').map(String);
      const more = options.length === 0 ? '' : `, possible interpolation keys: ${options.join(', ')}`;
      throw invalidFile(filePath(parent), `Error resolving interpolation '${text}'${more}`);
    }
    if (typeof value !== 'string')
      throw invalidFile(filePath(parent), `'${text}' in its 'defaults' does not give the name of a file`);
    return this.#expand({ ...placed, value }, parent, true);
  }

  #mustChoose(placed: Placed): DvcError {
    const key = overrideKey(placed);
    return noOption(
      `You must specify '${key}', e.g, ${key}=<OPTION>`,
      groupPath(placed),
      this.#source,
      `Give \`-S '${key}=OPTION'\`, or name one in the defaults list.`,
    );
  }

  #notFound(placed: Placed, parent: Placed | undefined): DvcError {
    const file = filePath(placed);
    if (parent === undefined)
      return notInSource(
        this.#source,
        `Cannot find primary config '${file}'.`,
        'Set `hydra.config_name` to the name of the file to begin with, without `.yaml`.',
      );
    const problem = `In '${filePath(parent)}': Could not find '${file}'`;
    const group = groupPath(placed);
    const hint = 'Choose one that is there, or write `optional` before the group in the defaults list.';
    return placed.entry.kind === 'group' || group !== ''
      ? noOption(problem, group, this.#source, hint)
      : notInSource(this.#source, problem, 'Write the file, or take it out of the defaults list.');
  }
}

/** `_self_` stands last where a list does not say where. */
function withSelf(file: string, defaults: readonly DefaultEntry[], hasMore: boolean): DefaultEntry[] {
  if (defaults.length === 0) return hasMore ? [SELF] : [];
  const selves = defaults.filter((entry) => isSelf({ entry })).length;
  if (selves > 1) throw invalidFile(file, 'Duplicate _self_ in its defaults list');
  const onlyOverrides = defaults.every((entry) => entry.kind === 'group' && entry.override);
  return selves === 1 || onlyOverrides ? [...defaults] : [...defaults, SELF];
}

const isDeferred = (placed: Placed): boolean =>
  typeof placed.value === 'string' && (placed.entry.kind === 'group' ? placed.value : filePath(placed)).includes('${');
