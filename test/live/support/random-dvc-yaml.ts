/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the expressions of dvc.yaml. */
import type { Random } from '../../support/random.ts';
import type { Project } from './dvc-yaml-oracle.ts';

/** A random value as YAML flow text, with what is below it. */
interface Value {
  readonly text: string;
  readonly kind: 'scalar' | 'list' | 'dict';
  readonly children: readonly (readonly [string, Value])[];
}

const SCALARS = [
  ...['1', '0', '-3', '017', '1_000', '123456789012345678901', '0x1F', '1.5', '1.0', '1e-05', '1e3', '1e16', '-0.0'],
  ...[
    '.inf',
    'true',
    'false',
    'null',
    '~',
    'yes',
    'abc',
    'ad am',
    '"q\'u\\"o"',
    '"back\\\\slash"',
    '""',
    '"ünï"',
    'raw/x.csv',
  ],
  ...['"a\\nb"', '"  "', '1:30', '"1"', '"$HOME"', '"\\\\${esc}"'],
];
const KEYS = ['lr', 'train', 'opt', 'name', 'aug', 'n', 'item', 'key', 'x y', 'über', '0', 'a-b'];

/** Projects whose dvc.yaml mostly resolves, with a mistake in every few. */
export function randomProject(random: Random): Project {
  const maker = new Maker(random);
  return maker.project();
}

class Maker {
  readonly #random: Random;
  /** Every dotted path of the context, by the kind of what it names. */
  readonly #known: Record<Value['kind'], string[]> = { scalar: [], list: [], dict: [] };

  constructor(random: Random) {
    this.#random = random;
  }

  project(): Project {
    const files: Record<string, string> = {};
    const taken = new Set<string>();
    const params = this.#dict(3, taken);
    if (this.#chance(0.9)) {
      this.#learn(params, '');
      files['params.yaml'] = params.text;
    }
    const vars: string[] = [];
    for (let i = this.#random.int(3); i > 0; i--) vars.push(this.#vars(files, taken));
    const stages: string[] = [];
    for (let i = 1 + this.#random.int(3); i > 0; i--) stages.push(`  ${this.#stageName(i)}: ${this.#stage()}`);
    const parts = [
      vars.length > 0 ? `vars: [${vars.join(', ')}]` : '',
      `stages:\n${stages.join('\n')}`,
      ...this.#top(),
    ];
    files['dvc.yaml'] = `${parts.filter(Boolean).join('\n')}\n`;
    const parsing = {
      bool: this.#random.pick(['store_true', 'boolean_optional']),
      list: this.#random.pick(['nargs', 'append']),
    };
    return { files, parsing };
  }

  #chance(probability: number): boolean {
    return this.#random.next() < probability;
  }

  #value(depth: number): Value {
    const kind = depth > 0 ? this.#random.int(6) : 5;
    if (kind === 0) return this.#dict(depth - 1);
    if (kind > 1) return { text: this.#random.pick(SCALARS), kind: 'scalar', children: [] };
    const items = Array.from({ length: this.#random.int(4) }, () => this.#value(depth - 1));
    const children = items.map((item, i) => [String(i), item] as const);
    return { text: `[${items.map((item) => item.text).join(', ')}]`, kind: 'list', children };
  }

  #dict(depth: number, taken = new Set<string>()): Value {
    const children: [string, Value][] = [];
    for (let i = this.#random.int(6); i > 0; i--) {
      const key = this.#random.pick(KEYS);
      if (taken.has(key)) continue;
      taken.add(key);
      children.push([key, this.#value(depth)]);
    }
    const odd = this.#chance(0.1) ? ['1: one'] : [];
    const pairs = [...children.map(([key, value]) => `${JSON.stringify(key)}: ${value.text}`), ...odd];
    return { text: `{${pairs.join(', ')}}`, kind: 'dict', children };
  }

  #learn(value: Value, prefix: string): void {
    for (const [key, child] of value.children) {
      const dotted = prefix === '' ? key : value.kind === 'list' ? `${prefix}[${key}]` : `${prefix}.${key}`;
      this.#known[child.kind].push(dotted);
      this.#learn(child, dotted);
    }
  }

  #vars(files: Record<string, string>, taken: Set<string>): string {
    const fresh = this.#chance(0.1) ? new Set<string>() : taken; // Now and then a key is defined twice.
    const value = this.#dict(2, fresh);
    this.#learn(value, '');
    if (this.#chance(0.5)) return value.text;
    if (this.#chance(0.04)) return '"params.yaml:lr"';
    const name = this.#random.pick(['v.yaml', 'sub/v2.yaml', 'v.json', './v.yaml', 'v.yaml']);
    if (name.endsWith('.yaml') && files[name] === undefined) files[name] = value.text;
    if (name.endsWith('.json')) files[name] = '{"j": {"k": 1.0, "l": [1, 2.5, "s"]}}';
    return JSON.stringify(name);
  }

  #expression(kinds: readonly Value['kind'][]): string {
    const odd = this.#random.int(60);
    if (odd === 0) return '${nope}';
    if (odd === 1)
      return this.#random.pick(['${a.}', '${}', '${a[0}', '${lr}}', '${ lr', '$${lr}', '\\${lr}', '${lr.x.y}']);
    const known = kinds.flatMap((kind) => this.#known[kind]);
    if (known.length === 0) return 'plain';
    const path = this.#random.pick(known);
    return this.#chance(0.1) ? `\${ ${path} }` : `\${${path}}`;
  }

  /** A text with expressions of scalars in it, in quotes. */
  #text(kinds: readonly Value['kind'][] = ['scalar']): string {
    if (this.#chance(0.3)) return JSON.stringify(this.#random.pick(['a', 'b.csv', 'dir/c', 'd e']));
    if (this.#chance(0.3)) return JSON.stringify(this.#expression(['scalar']));
    const words = Array.from({ length: 1 + this.#random.int(3) }, (_, i) =>
      this.#chance(0.6) ? this.#expression(kinds) : `w${i}`,
    );
    return JSON.stringify(words.join(this.#random.pick([' ', '-', ''])));
  }

  #list(make: () => string, most = 3): string {
    return `[${Array.from({ length: this.#random.int(most + 1) }, make).join(', ')}]`;
  }

  #stageName(i: number): string {
    return this.#random.pick([`s${i}`, `st-${i}`, `"with space ${i}"`, `a.b${i}`]);
  }

  #stage(): string {
    const kind = this.#random.int(4);
    if (kind === 0) {
      const known = [...this.#known.list, ...this.#known.dict];
      const data = this.#chance(0.5) && known.length > 0 ? `"\${${this.#random.pick(known)}}"` : this.#groupData();
      const keep = { ...this.#known, scalar: [...this.#known.scalar] };
      this.#known.scalar.push('item', 'item');
      const body = this.#body(true);
      this.#known.scalar.splice(keep.scalar.length);
      return `{foreach: ${data}, do: {${body}}}`;
    }
    if (kind === 1) {
      const axes = Array.from({ length: 1 + this.#random.int(2) }, (_, i) => {
        const known = this.#known.list;
        const data =
          this.#chance(0.4) && known.length > 0
            ? `"\${${this.#random.pick(known)}}"`
            : this.#list(() => (this.#chance(0.2) ? this.#text() : this.#value(1).text));
        return [`ax${i}`, data];
      });
      const before = this.#known.scalar.length;
      this.#known.scalar.push('key', 'key', ...axes.map(([axis]) => `item.${axis}`));
      const body = this.#body(true);
      this.#known.scalar.splice(before);
      return `{matrix: {${axes.map(([axis, data]) => `${axis}: ${data}`).join(', ')}}, ${body}}`;
    }
    return `{${this.#body(false)}}`;
  }

  #groupData(): string {
    return this.#chance(0.5)
      ? this.#list(() => (this.#chance(0.2) ? this.#text() : this.#value(1).text), 4)
      : this.#dict(2).text;
  }

  #body(inGroup: boolean): string {
    const parts: string[] = [];
    if (this.#chance(0.15)) {
      const mine = `{mine: {deep: ${this.#value(1).text}}, s: 1${inGroup && this.#chance(0.1) ? ', item: 2' : ''}}`;
      parts.push(`vars: [${mine}${this.#chance(0.2) ? ', params.yaml' : ''}]`);
    }
    const cmd = (): string => this.#text(['scalar', 'scalar', 'dict']);
    parts.push(`cmd: ${this.#chance(0.2) ? `[${cmd()}, ${cmd()}]` : cmd()}`);
    if (this.#chance(0.3)) parts.push(`wdir: ${JSON.stringify(this.#random.pick(['.', 'sub', '..', 'x/y']))}`);
    if (this.#chance(0.5)) parts.push(`deps: ${this.#list(() => this.#text())}`);
    if (this.#chance(0.5)) parts.push(`params: ${this.#list(() => this.#params(), 4)}`);
    if (this.#chance(0.6)) parts.push(`outs: ${this.#list(() => this.#out(false))}`);
    if (this.#chance(0.3)) parts.push(`metrics: ${this.#list(() => this.#out(false), 2)}`);
    if (this.#chance(0.3)) parts.push(`plots: ${this.#list(() => this.#out(true), 2)}`);
    if (this.#chance(0.2)) parts.push(`desc: ${this.#text()}`);
    if (this.#chance(0.2)) parts.push(`meta: {m: ${this.#text()}, n: [1, ${this.#text()}]}`);
    if (this.#chance(0.1)) parts.push(`frozen: ${this.#random.pick(['true', 'false', 'true', '1'])}`);
    if (this.#chance(0.1)) parts.push('always_changed: true');
    if (this.#chance(0.02)) parts.push(this.#random.pick(['dep: [a]', 'outs_: 1', 'foo: bar']));
    return parts.join(', ');
  }

  #params(): string {
    const file = this.#random.pick(['p.json', 'params.yaml', 'p.toml']);
    switch (this.#random.int(4)) {
      case 0:
        return `{${file}: [lr, "train.n", ${this.#text()}]}`;
      case 1:
        return this.#chance(0.3) ? `{${file}: ${this.#random.pick(['null', '[]'])}}` : `{${file}: [z]}`;
      default:
        return this.#text();
    }
  }

  #out(plot: boolean): string {
    const path = this.#chance(0.7) ? JSON.stringify(`o${this.#random.int(9)}`) : this.#text();
    if (this.#chance(0.5)) return path;
    const flags = ['cache: false', 'persist: true', 'push: false', 'remote: r', `desc: ${this.#text()}`, 'type: model'];
    const rare = ['labels: [l, m]', 'meta: {k: 1}', 'cache: 1', 'checkpoint: true', 'cached: true'];
    const plots = plot ? ['x: step', `y: ${this.#text()}`, 'template: linear', 'header: false', 'title: T'] : [];
    const chosen = [...flags, ...plots, ...plots].filter(() => this.#chance(0.25));
    if (this.#chance(0.1)) chosen.push(this.#random.pick(rare));
    const byKey = new Map(chosen.map((flag) => [flag.split(':')[0], flag]));
    return `{${path}: {${[...byKey.values()].join(', ')}}}`;
  }

  #top(): string[] {
    const parts: string[] = [];
    if (this.#chance(0.2)) parts.push(`metrics: ${this.#list(() => this.#text())}`);
    if (this.#chance(0.2)) parts.push(`params: ${this.#list(() => this.#text())}`);
    if (this.#chance(0.2)) parts.push(`plots: [p.csv, {q: {x: ${this.#text()}, y: {f.csv: [a, b]}}}, {r: null}]`);
    if (this.#chance(0.2))
      parts.push(`artifacts: {m: {path: ${this.#text()}, type: model, labels: [a]}, B_c: {path: p}}`);
    if (this.#chance(0.1)) parts.push(`datasets: [{name: d, type: url, url: ${this.#text()}}]`);
    if (this.#chance(0.03)) parts.push('stage: {}');
    return parts;
  }
}
