import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '../../support/cli.ts';

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Real DVC's Python (LODE_DVC_PYTHON, or beside LODE_DVC); undefined where there is none. */
export function dvcPython(): string | undefined {
  const dvc = process.env['LODE_DVC'];
  return process.env['LODE_DVC_PYTHON'] ?? (dvc === undefined ? undefined : join(dvc, '../python'));
}

/** Real DVC, imported once: a command costs a tenth of what starting Python costs. One at a time. */
export class DvcServer {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  /** @param modules Of Python's, loaded before the first command: what stores need takes a second each time. */
  constructor(python: string, env: Readonly<Record<string, string>>, modules: readonly string[] = []) {
    this.#child = spawn(python, [join(projectRoot(), 'test/live/support/dvc-server.py'), ...modules], { env });
    this.#child.stderr.resume();
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#ready = this.#lines.next();
  }
  #ready: Promise<unknown>;

  async run(
    cwd: string,
    env: Readonly<Record<string, string>>,
    commands: readonly (readonly string[])[],
  ): Promise<Answer[]> {
    await this.#ready;
    this.#child.stdin.write(`${JSON.stringify({ cwd, env, commands })}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error('real DVC ended');
    return JSON.parse(value) as Answer[];
  }

  dispose(): void {
    this.#child.kill();
  }
}
