import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** What each folder of the sources may import from: its own files, and those named. Everything not named here is refused. */
const CORE = ['core'];
const PLATFORM = [...CORE, 'platform'];
const STORES = [...PLATFORM, 'hash', 'git', 'files', 'remote'];
const ODB = [...STORES, 'odb'];
const GRAPH = [...ODB, 'graph'];
const REPO = [...GRAPH, 'pipeline', 'metrics', 'repo'];
const VERBS = [...REPO, 'workspace', 'objects', 'stages', 'experiments'];
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  platform: CORE,
  hash: PLATFORM,
  git: PLATFORM,
  files: PLATFORM,
  remote: PLATFORM,
  odb: STORES,
  graph: ODB,
  pipeline: GRAPH,
  metrics: GRAPH,
  language: GRAPH,
  repo: REPO,
  workspace: REPO,
  objects: REPO,
  stages: [...REPO, 'workspace', 'objects'],
  experiments: [...REPO, 'workspace', 'objects', 'stages'],
  verbs: VERBS,
  engine: [...VERBS, 'language', 'verbs'],
  protocol: [],
  extension: ['engine', 'protocol'],
  // Its commands name single verbs, so that a call loads the code of one verb and starts fast; index.ts would load them all.
  cli: [...CORE, 'repo', 'verbs', 'engine', 'protocol'],
  webview: ['protocol'],
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly line: number;
}

const withoutComments = (text: string) =>
  text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, ' '));

const root = path.resolve('.');
const sources = ['src', 'webview'].flatMap(listSources);
const imports = sources.flatMap(readImports);
const places = (found: readonly Import[]) => found.map(({ from, to, line }) => `${from}:${line} imports ${to}`);
const isRelative = ({ to }: Import) => to.startsWith('.');

function listSources(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.posix.join(folder, file.split(path.sep).join('/')))
    .sort();
}

/** Static, dynamic and type imports, re-exports and `require`; comments and texts do not count. */
function readImports(file: string): Import[] {
  const text = withoutComments(fs.readFileSync(file, 'utf8'));
  const pattern =
    /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*'([^']+)'|^\s*import\s*'([^']+)'|\b(?:import|require)\(\s*'([^']+)'\s*\)/gm;
  return [...text.matchAll(pattern)].map((match) => ({
    from: file,
    to: (match[1] ?? match[2] ?? match[3])!,
    line: text.slice(0, match.index + match[0].search(/\S/)).split('\n').length,
  }));
}

/** The folder of the table a source file belongs to. */
function areaOf(file: string): string {
  const [top, area, ...rest] = file.split('/') as [string, string, ...string[]];
  if (top === 'webview') return 'webview';
  if (area !== 'engine') return area;
  if (rest.length > 1) return rest[0]!;
  return rest[0] === 'index.ts' ? 'engine' : 'repo'; // The files beside index.ts are parts of an open repository.
}

const targetOf = ({ from, to }: Import) => path.posix.normalize(path.posix.join(path.posix.dirname(from), to));

describe('architecture', () => {
  it('has sources to read', () => assert.ok(imports.length > 100, `${imports.length} imports in ${root}`));

  it('knows every folder', () => {
    const unknown = new Set(sources.map(areaOf).filter((area) => !(area in MAY_IMPORT)));
    assert.deepEqual([...unknown], []);
  });

  it('imports only to the left', () => {
    const wrong = imports.filter(isRelative).filter((found) => {
      const [from, to] = [areaOf(found.from), areaOf(targetOf(found))];
      return from !== to && !MAY_IMPORT[from]?.includes(to);
    });
    assert.deepEqual(places(wrong), []);
  });

  it('ends relative imports in .ts, at a file that is there', () => {
    const isStyle = (found: Import): boolean => found.from.startsWith('webview/') && targetOf(found).endsWith('.css');
    const isThere = (found: Import): boolean =>
      isStyle(found) ? fs.existsSync(targetOf(found)) : sources.includes(targetOf(found));
    assert.deepEqual(places(imports.filter(isRelative).filter((found) => !isThere(found))), []);
  });

  it('imports each third-party package in one file', () => {
    const files = new Map<string, Set<string>>();
    for (const { from, to } of imports.filter((found) => !isRelative(found) && !/^(node:|vscode$)/.test(found.to))) {
      const name = to.split('/', to.startsWith('@') ? 2 : 1).join('/');
      files.set(name, (files.get(name) ?? new Set()).add(from));
    }
    const shared = [...files].filter(([, importers]) => importers.size > 1);
    assert.deepEqual(
      shared.map(([name, importers]) => `${name}: ${[...importers].join(', ')}`),
      [],
    );
  });

  it('sees the editor only in src/extension', () => {
    const wrong = imports.filter(({ from, to }) => to === 'vscode' && areaOf(from) !== 'extension');
    assert.deepEqual(places(wrong), []);
  });

  it('names Node modules with node:', () => {
    const builtin =
      /^(fs|path|os|crypto|child_process|stream|util|url|events|zlib|worker_threads|readline|buffer|http|https|net)(\/|$)/;
    assert.deepEqual(places(imports.filter(({ to }) => builtin.test(to))), []);
  });

  it('calls fs through its module, which the fault layer patches', () => {
    const named = /import\s+\{[^}]*\}\s+from\s+'node:fs(\/promises)?'/; // `import type {` is not meant.
    const wrong = sources.filter((file) => named.test(withoutComments(fs.readFileSync(file, 'utf8'))));
    assert.deepEqual(wrong, []);
  });

  it('leaves nothing for later', () => {
    const marker = new RegExp(`\\b(${['TO', 'FIX'].map((head, i) => head + ['DO', 'ME'][i]).join('|')}|XXX|HACK)\\b`);
    const wrong = sources.flatMap((file) =>
      fs
        .readFileSync(file, 'utf8')
        .split('\n')
        .flatMap((line, i) => (marker.test(line) ? [`${file}:${i + 1}`] : [])),
    );
    assert.deepEqual(wrong, []);
  });

  it('names files in kebab-case', () => {
    assert.deepEqual(
      sources.filter((file) => !/^([a-z0-9]+(-[a-z0-9]+)*\/)+[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(file)),
      [],
    );
  });

  it('has none of the file names that say nothing', () => {
    assert.deepEqual(
      sources.filter((file) => /(^|\/)(utils?|helpers?|common|misc)(\/|\.ts$)/.test(file)),
      [],
    );
  });
});

describe('architecture: the manifest', () => {
  interface Manifest {
    contributes?: { commands?: { command: string }[]; menus?: Record<string, { command?: string }[]> };
  }
  const manifest = JSON.parse(fs.readFileSync('package.json', 'utf8')) as Manifest;
  const declared = (manifest.contributes?.commands ?? []).map(({ command }) => command);
  // The table, and those it spreads.
  const table = sources
    .filter((file) => /^src\/extension\/(.*[/-])?commands\.ts$/.test(file))
    .flatMap((file) => [...withoutComments(fs.readFileSync(file, 'utf8')).matchAll(/^\s+'([\w.-]+)':/gm)])
    .map((match) => match[1]!);

  it('starts every command with lode.', () => {
    assert.deepEqual(
      [...declared, ...table].filter((id) => !id.startsWith('lode.')),
      [],
    );
  });

  it('declares each command once, and exactly those of the command table', () => {
    assert.deepEqual([...declared].sort(), [...table].sort());
  });

  it('puts only declared commands into menus', () => {
    const used = Object.values(manifest.contributes?.menus ?? {}).flatMap((items) =>
      items.flatMap(({ command }) => command ?? []),
    );
    assert.deepEqual(
      used.filter((id) => id.startsWith('lode.') && !declared.includes(id)),
      [],
    );
  });
});
