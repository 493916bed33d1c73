import * as fs from 'node:fs';
import { join } from 'node:path';
import { TrialHost } from '../../faults/support/trial-host.ts';
import { isTemporary, snapshot } from '../../support/checker.ts';
import { makeRepo, openRepo, type RepoBuilder } from '../../support/repo-builder.ts';
import { makeSandbox, type Sandbox } from '../../support/sandbox.ts';
import type { Answer, DvcServer } from './dvc-server.ts';

/** One of two repositories that live the same life: one under real DVC, one under Lode. */
export interface Twin {
  readonly side: 'dvc' | 'lode';
  readonly repo: RepoBuilder;
  readonly remote: string;
  run(...commands: readonly (readonly string[])[]): Promise<Answer[]>;
}

/** A pair of fresh twins at paths of the same length and the same last names. LODE_LIVE_SELF=1 gives both to DVC: what differs then is noise. */
export class Twins {
  readonly sandbox: Sandbox = makeSandbox('twins');
  readonly dvc: Twin;
  readonly lode: Twin;
  readonly #host: TrialHost;

  constructor(server: DvcServer) {
    this.#host = new TrialHost(this.sandbox.env);
    this.dvc = this.#twin('dvc', (cwd, commands) => server.run(cwd, this.sandbox.env, commands));
    this.lode = this.#twin('lode', async (cwd, commands) => {
      if (process.env['LODE_LIVE_SELF'] === '1') return server.run(cwd, this.sandbox.env, commands);
      const answers: Answer[] = [];
      for (const argv of commands) {
        const { code, stdout, stderr } = await this.#host.run(cwd, argv, { roots: [] });
        answers.push({ code: code ?? -1, stdout, stderr });
      }
      return answers;
    });
  }

  #twin(
    side: Twin['side'],
    execute: (cwd: string, commands: readonly (readonly string[])[]) => Promise<Answer[]>,
  ): Twin {
    const base = `${side}-side`.padEnd(10, '-');
    const remote = this.sandbox.path(base, 'remote');
    fs.mkdirSync(remote, { recursive: true });
    const repo = makeRepo(this.sandbox, join(base, 'repo'));
    return {
      side,
      repo: openRepo(repo.root, this.sandbox.env),
      remote,
      run: (...commands) => execute(repo.root, commands),
    };
  }

  both(edit: (repo: RepoBuilder) => void): void {
    edit(this.dvc.repo);
    edit(this.lode.repo);
  }

  dispose(): void {
    this.#host.dispose();
    this.sandbox.dispose();
  }
}

/** What must be equal on both sides: every file by bytes and mode; objects of the cache and of the remote by name and mode. */
export function stateOf({ repo, remote }: Twin): Map<string, string> {
  const state = new Map<string, string>();
  for (const [path, entry] of snapshot(repo.root)) {
    if (entry.kind === 'dir' || /^\.git\/|^\.dvc\/tmp(\/|$)/.test(path) || isTemporary(path)) continue;
    state.set(path, `${entry.kind} ${entry.mode.toString(8)} ${entry.md5}`);
  }
  for (const [path, entry] of snapshot(repo.root))
    if (entry.kind === 'dir' && !/^\.git(\/|$)|^\.dvc(\/|$)/.test(path)) state.set(`${path}/`, 'dir');
  for (const [path, entry] of snapshot(remote))
    if (entry.kind === 'file') state.set(`remote:${path}`, `${entry.mode.toString(8)} ${entry.md5}`);
  return state;
}

/** Lists in DVC's JSON have no stable order: sorts them, at every depth. */
export function sortedJson(text: string): string {
  const sort = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sort).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(
        Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, child]) => [key, sort(child)]),
      );
    return value;
  };
  try {
    return JSON.stringify(sort(JSON.parse(text)));
  } catch {
    return text;
  }
}
