// `npm run package [-- --out FILE]`: the installable lode-VERSION.vsix, minified, with nothing in it that a user does not need.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, sayErrorsPlainly } from './command.mjs';
import { ensureDependencies } from './dependencies.mjs';

/** What may be in the package; a file beyond it means that .vscodeignore has a hole. */
const ALLOWED =
  /^(package(\.nls(\.[\w-]+)?)?\.json|README\.md|CHANGELOG\.md|LICENSE|(media|l10n)\/.+|dist\/[\w-]+\.js|dist\/webview\/[\w./-]+\.(js|css))$/;

/** Builds and packs; gives the path of the .vsix. The build in dist/ is the minified one afterwards. */
export async function packageExtension(out) {
  const [{ build }, { createVSIX, listFiles, PackageManager }] = await Promise.all([
    import('./build.mjs'),
    import('@vscode/vsce'),
  ]);
  fs.rmSync(path.join(ROOT, 'dist/webview'), { recursive: true, force: true });
  await build('--minify');
  const files = await listFiles({ cwd: ROOT, packageManager: PackageManager.None });
  const wrong = files.map((file) => file.replaceAll('\\', '/')).filter((file) => !ALLOWED.test(file));
  if (wrong.length > 0) throw new Error(`These files must not be in the package: ${wrong.join(', ')}`);
  fs.mkdirSync(path.dirname(out), { recursive: true });
  await quietly(() =>
    createVSIX({
      cwd: ROOT,
      packagePath: out,
      dependencies: false,
      allowMissingRepository: true,
      rewriteRelativeLinks: false,
    }),
  );
  return { file: out, files };
}

/** vsce prints a list of files to the console and cannot be asked not to; ours is below. */
async function quietly(work) {
  const { log } = console;
  console.log = () => {};
  try {
    return await work();
  } finally {
    console.log = log;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  sayErrorsPlainly();
  await ensureDependencies();
  const { version } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  const at = process.argv.indexOf('--out');
  const { file, files } = await packageExtension(
    path.resolve(at > 0 ? process.argv[at + 1] : path.join(ROOT, `lode-${version}.vsix`)),
  );
  for (const name of files) console.log(`${String(fs.statSync(path.join(ROOT, name)).size).padStart(9)}  ${name}`);
  console.log(
    `${path.relative(process.cwd(), file)}: ${(fs.statSync(file).size / 1024).toFixed(0)} KiB, ${files.length} files`,
  );
}
