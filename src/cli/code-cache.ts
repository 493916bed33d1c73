import * as fs from 'node:fs';
import * as nodeModule from 'node:module';
import * as path from 'node:path';
import * as vm from 'node:vm';

/**
 * Loads a CommonJS bundle, with the machine code that the build kept beside it where this Node is the one that made it: compiling takes
 * longer than many a verb. Another Node compiles, and from 22.1 on keeps what it made in its own cache.
 */
export function loadBundle<T>(file: string): T {
  const module = cachedModule(file);
  if (module !== undefined) return module as T;
  (nodeModule as { enableCompileCache?: () => void }).enableCompileCache?.();
  return require(file) as T;
}

function cachedModule(file: string): unknown {
  let cachedData: Buffer;
  try {
    cachedData = fs.readFileSync(`${file}.cache`);
  } catch {
    return undefined;
  }
  // What esbuild prints is ASCII.
  const script = new vm.Script(nodeModule.wrap(fs.readFileSync(file, 'latin1')), { filename: file, cachedData });
  if (script.cachedDataRejected) return undefined;
  const module = { exports: {} };
  const run = script.runInThisContext() as (...values: unknown[]) => void;
  run.call(module.exports, module.exports, nodeModule.createRequire(file), module, file, path.dirname(file));
  return module.exports;
}
