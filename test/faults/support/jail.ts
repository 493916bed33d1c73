import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type CliOptions, type CliResult, projectRoot, runSync } from '../../support/cli.ts';
import type { Sandbox } from '../../support/sandbox.ts';

const script = (): string => join(projectRoot(), 'test/support/jail.sh');

/** Why hostile repositories cannot be tried here, or undefined where they can: everything outside must be read-only. */
export function whyNoJail(sandbox: Sandbox): string | undefined {
  const { status, stderr } = spawnSync(script(), [sandbox.root, 'true'], { encoding: 'utf8' });
  return status === 0 ? undefined : `no private mount namespace (${stderr.trim().split('\n').at(-1) ?? status})`;
}

/** Runs a program in a mount namespace in which only the sandbox can be written. `cwd` must be below the sandbox. */
export function runJailed(
  sandbox: Sandbox,
  command: readonly string[],
  args: readonly string[],
  options: CliOptions,
): CliResult {
  const inside = options.cwd.slice(sandbox.root.length + 1);
  return runSync([script(), sandbox.root, ...command], args, {
    ...options,
    cwd: '/',
    env: { ...options.env, LODE_JAIL_CWD: inside },
  });
}
