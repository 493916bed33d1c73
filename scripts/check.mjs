// `npm run check`: types, lint and format, architecture. Each line says what held and how long it took.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, sayErrorsPlainly, since } from './command.mjs';
import { ensureDependencies } from './dependencies.mjs';

const bin = (name) => path.join(ROOT, 'node_modules', name);

/** A TypeScript project with no file yet is an error to the compiler, and nothing to check. */
const hasSources = (config) =>
  JSON.parse(fs.readFileSync(path.join(ROOT, config), 'utf8')).include.some(
    (folder) =>
      fs.existsSync(path.join(ROOT, folder)) &&
      fs
        .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .some((file) => file.endsWith('.ts')),
  );

const projects = ['engine', 'extension', 'webview', 'test'].map((name) => `tsconfig.${name}.json`).filter(hasSources);

const CHECKS = [
  ...projects.map((project) => ({ name: `types: ${project}`, args: [bin('typescript/bin/tsc'), '-p', project] })),
  { name: 'lint and format', args: [bin('@biomejs/biome/bin/biome'), 'check', '--diagnostic-level=warn', '.'] },
  { name: 'architecture', args: [bin('mocha/bin/mocha.js'), '--reporter', 'dot', 'dist/test/architecture.js'] },
];

/** Runs one tool and gives all it printed. */
const runTool = ({ name, args }) =>
  new Promise((resolve) => {
    const from = performance.now();
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    child.once('close', (code) => resolve({ name, ok: code === 0, output, took: since(from) }));
  });

/** Runs every check, two at a time. @returns {Promise<{ passed: number, failed: number, skipped: number }>} */
export async function check() {
  const { default: esbuild } = await import('esbuild');
  await esbuild.build({
    entryPoints: [path.join(ROOT, 'test/unit/architecture.test.ts')],
    outfile: path.join(ROOT, 'dist/test/architecture.js'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['mocha'],
    logLevel: 'warning',
  });
  const totals = { passed: 0, failed: 0, skipped: 0 };
  const waiting = [...CHECKS];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { name, ok, output, took } = await runTool(next);
      console.log(`  ${ok ? 'ok  ' : 'FAIL'} ${name} (${took})${ok ? '' : `\n${output.trimEnd()}`}`);
      totals[ok ? 'passed' : 'failed'] += 1;
    }
  };
  await Promise.all([worker(), worker()]);
  return totals;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  sayErrorsPlainly();
  await ensureDependencies();
  const { failed } = await check();
  process.exitCode = failed > 0 ? 1 : 0;
}
