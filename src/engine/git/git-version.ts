import { execFile } from 'node:child_process';

const PATIENCE_MS = 5000;

/** `2.39.5` of the git program on PATH; undefined where there is none. */
export function gitVersion(signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile('git', ['--version'], { signal, timeout: PATIENCE_MS, cwd: '/' }, (error, stdout) =>
      resolve(error ? undefined : /\d+(\.\d+)+/.exec(stdout)?.[0]),
    );
  });
}
