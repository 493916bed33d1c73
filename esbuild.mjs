// Builds everything: `node esbuild.mjs [--watch] [--minify] [--tests]`.
import fs from 'node:fs';
import path from 'node:path';
import esbuild from 'esbuild';

const flag = (name) => process.argv.includes(`--${name}`);
const exists = (file) => fs.existsSync(file);

/** Node bundles are one CommonJS file each: what is imported dynamically is in it but evaluated on first use. */
const node = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: flag('minify') ? false : 'linked',
  minify: flag('minify'),
  keepNames: true,
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

const builds = [
  { ...node, entryPoints: { extension: 'src/extension/extension.ts' }, outdir: 'dist', external: ['vscode'] },
  { ...node, entryPoints: { cli: 'src/cli/cli.ts' }, outdir: 'dist', banner: { js: '#!/usr/bin/env node' } },
  { ...node, entryPoints: { 'io-worker': 'src/engine/platform/io-worker.ts' }, outdir: 'dist' },
];
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
    entryPoints: Object.fromEntries(panels.map((name) => [name, `webview/${name}/main.ts`])),
    outdir: 'dist/webview',
  });
if (flag('tests')) {
  for (const layer of ['unit', 'contract', 'golden', 'live', 'faults', 'extension', 'browser']) {
    if (!exists(`test/${layer}`)) continue;
    builds.push({
      ...node,
      stdin: testEntry(layer),
      outfile: `dist/test/${layer}.js`,
      external: ['vscode', 'mocha', 'playwright-core', 'axe-core', 'esbuild', '@vscode/*'],
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
}
