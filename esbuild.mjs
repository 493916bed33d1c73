// Builds everything: `node esbuild.mjs [--watch] [--minify] [--tests]`.
import fs from 'node:fs';
import path from 'node:path';
import esbuild from 'esbuild';

const flag = (name) => process.argv.includes(`--${name}`);
const exists = (file) => fs.existsSync(file);

/** Modules of Node that take a millisecond or more to load: each is required at its first use. */
const HEAVY = [
  'child_process',
  'crypto',
  'fs/promises',
  'net',
  'readline/promises',
  'stream',
  'stream/promises',
  'timers/promises',
  'worker_threads',
  'zlib',
];

/**
 * Takes Node's own modules as they are: esbuild copies each of them, property by property, at every start. What is imported of them is
 * looked up at each use either way. For code that imports names and namespaces of them: a default import needs the copy.
 */
const nodeModulesAsTheyAre = {
  name: 'node-modules-as-they-are',
  setup(build) {
    build.initialOptions.write = false;
    build.onResolve({ filter: new RegExp(`^node:(${HEAVY.join('|')})$`) }, ({ path: id, namespace }) =>
      namespace === 'when-used' ? { path: id, external: true } : { path: id, namespace: 'when-used' },
    );
    build.onLoad({ filter: /./, namespace: 'when-used' }, async ({ path: id }) => ({
      contents: `exports.__esModule = true;
for (const name of ${JSON.stringify(Object.keys(await import(id)).filter((name) => name !== 'default'))})
  Object.defineProperty(exports, name, { enumerable: true, get: () => require(${JSON.stringify(id)})[name] });`,
      loader: 'js',
    }));
    build.onEnd(({ outputFiles = [] }) => {
      for (const file of outputFiles) {
        fs.mkdirSync(path.dirname(file.path), { recursive: true });
        fs.rmSync(`${file.path}.cache`, { force: true }); // V8 would take it for a file of the same length.
        fs.writeFileSync(file.path, file.path.endsWith('.js') ? withNodeModules(file.text) : file.contents);
      }
    });
  },
};

function withNodeModules(text) {
  if (/\bimport_node_\w+\.default\b/.test(text))
    throw new Error('A module of Node is imported by default: name what is used.');
  return text.replace(/[\w$]+\((require\("node:[\w/]+"\))(?:, ?1)?\)/g, (_, plain) => plain);
}

/** Node bundles are one CommonJS file each: what is imported dynamically is in it but evaluated on first use. */
const node = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: flag('minify') ? false : 'linked',
  minify: flag('minify'),
  logLevel: 'warning',
  legalComments: 'none',
  define: { LODE_VERSION: JSON.stringify(JSON.parse(fs.readFileSync('package.json', 'utf8')).version) },
};

/** One entry that imports every test file below a folder, so that one bundle holds a whole layer. */
const testEntry = (layer) => {
  const files = fs
    .readdirSync(`test/${layer}`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .sort();
  return {
    contents: files.map((file) => `import './${file.split(path.sep).join('/')}';`).join('\n'),
    resolveDir: `test/${layer}`,
    sourcefile: `${layer}.ts`,
  };
};

const product = { ...node, plugins: [nodeModulesAsTheyAre] };

const builds = [
  { ...product, entryPoints: { extension: 'src/extension/extension.ts' }, outdir: 'dist', external: ['vscode'] },
  { ...product, entryPoints: { cli: 'src/cli/cli.ts' }, outdir: 'dist', banner: { js: '#!/usr/bin/env node' } },
  {
    ...product,
    entryPoints: { 'cli-main': 'src/cli/cli-main.ts' },
    outdir: 'dist',
    supported: { 'dynamic-import': false }, // Code from a cache cannot import.
  },
  { ...product, entryPoints: { 'io-worker': 'src/engine/platform/io-worker.ts' }, outdir: 'dist' },
];
const stores = ['s3', 'azure', 'azure-identity', 'gcs', 'ssh', 'webdav', 'http'].filter((name) =>
  exists(`src/engine/remote/${name}.ts`),
);
if (stores.length > 0)
  builds.push({
    ...node,
    entryPoints: Object.fromEntries(stores.map((name) => [`remote-${name}`, `src/engine/remote/${name}.ts`])),
    outdir: 'dist',
    loader: { '.node': 'empty' },
    external: ['cpu-features'],
    // Some libraries are modules that ask where they are.
    define: { ...node.define, 'import.meta.url': 'lodeModuleUrl' },
    banner: { js: "const lodeModuleUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
const panels = exists('webview') ? fs.readdirSync('webview').filter((name) => exists(`webview/${name}/main.ts`)) : [];
if (panels.length > 0)
  builds.push({
    bundle: true,
    platform: 'browser',
    target: 'es2022',
    format: 'esm',
    minify: flag('minify'),
    sourcemap: flag('minify') ? false : 'linked',
    logLevel: 'warning',
    legalComments: 'none',
    entryPoints: Object.fromEntries(
      panels.flatMap((name) => [
        [name, `webview/${name}/main.ts`],
        // A worker, and what of a page is loaded only once it is wanted.
        ...['worker', 'lazy'].flatMap((part) =>
          exists(`webview/${name}/${part}.ts`) ? [[`${name}-${part}`, `webview/${name}/${part}.ts`]] : [],
        ),
      ]),
    ),
    outdir: 'dist/webview',
  });
if (flag('tests')) {
  for (const layer of ['unit', 'contract', 'golden', 'live', 'faults', 'extension', 'browser']) {
    if (!exists(`test/${layer}`)) continue;
    builds.push({
      ...node,
      stdin: testEntry(layer),
      outfile: `dist/test/${layer}.js`,
      external: ['vscode', 'mocha', 'playwright-core', 'axe-core', 'esbuild', '@vscode/*', '@azure/*', 'ssh2'],
    });
  }
  builds.push({
    ...node,
    entryPoints: { 'extension-host': 'test/extension/index.ts' },
    outdir: 'dist/test',
    external: ['vscode', 'mocha'],
  });
}

const present = builds.filter((build) => !build.entryPoints || Object.values(build.entryPoints).every(exists));
if (flag('watch')) {
  for (const build of present) await (await esbuild.context(build)).watch();
  console.log('watching');
} else {
  await Promise.all(present.map((build) => esbuild.build(build)));
  await (await import('./scripts/code-cache.mjs')).keepCode('dist/cli-main.js');
}
