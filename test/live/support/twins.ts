import * as fs from 'node:fs';
import { join, relative } from 'node:path';
import { TrialHost } from '../../faults/support/trial-host.ts';
import { isTemporary, snapshot } from '../../support/checker.ts';
import { makeRepo, openRepo, type RepoBuilder } from '../../support/repo-builder.ts';
import { makeSandbox, removeTree, type Sandbox } from '../../support/sandbox.ts';
import type { Answer, DvcServer } from './dvc-server.ts';

/** One of two repositories that live the same life: one under real DVC, one under Lode. */
export interface Twin {
  readonly side: 'dvc' | 'lode';
  readonly repo: RepoBuilder;
  readonly remote: string;
  run(...commands: readonly (readonly string[])[]): Promise<Answer[]>;
}

/** Where pairs of twins live, one pair after the other: a sandbox, and the process that runs Lode in it. */
export class Lane {
  readonly sandbox: Sandbox = makeSandbox('twins');
  readonly server: DvcServer;
  readonly host: TrialHost;
  #first: Promise<Twins> | undefined;
  #pairs = 0;

  /** @param env Over the sandbox's own variables. */
  constructor(server: DvcServer, env: Readonly<Record<string, string>> = {}) {
    Object.assign(this.sandbox.env, env);
    this.server = server;
    this.host = new TrialHost(this.sandbox.env);
  }

  /** A fresh pair, each initialised by its own side, with a remote and a commit. */
  async pair(): Promise<Twins> {
    this.#first ??= this.#initialised();
    return new Twins(this, await this.#first);
  }

  async #initialised(): Promise<Twins> {
    const twins = new Twins(this);
    for (const side of [twins.dvc, twins.lode])
      for (const { code, stderr } of await side.run(
        ['init', '-q'],
        ['remote', 'add', '-q', '-d', 'store', '../remote'],
      ))
        if (code !== 0) throw new Error(`a twin of ${side.side} cannot be made: ${stderr}`);
    twins.both((repo) => void repo.commitAll('init'));
    return twins;
  }

  /** A folder for the next pair. */
  next(): string {
    return this.sandbox.path(String(++this.#pairs));
  }

  dispose(): void {
    this.server.dispose();
    this.host.dispose();
    this.sandbox.dispose();
  }
}

/** A pair of fresh twins at paths of the same length and the same last names. LODE_LIVE_SELF=1 gives both to DVC: what differs then is noise. */
export class Twins {
  readonly dvc: Twin;
  readonly lode: Twin;
  readonly #lane: Lane;
  readonly #folder: string;

  /** @param like A pair that this one is a copy of; a Git repository with nothing in it unless told. */
  constructor(lane: Lane, like?: Twins) {
    this.#lane = lane;
    this.#folder = lane.next();
    if (like) fs.cpSync(like.#folder, this.#folder, { recursive: true });
    const env = { ...lane.sandbox.env, DVC_TEST: 'true' }; // Else it starts programs that look for newer versions.
    this.dvc = this.#twin('dvc', like, (cwd, commands) => lane.server.run(cwd, env, commands));
    this.lode = this.#twin('lode', like, async (cwd, commands) => {
      if (process.env['LODE_LIVE_SELF'] === '1') return lane.server.run(cwd, env, commands);
      const answers: Answer[] = [];
      for (const argv of commands) {
        const { code, stdout, stderr } = await lane.host.run(cwd, argv, { roots: [] });
        answers.push({ code: code ?? -1, stdout, stderr });
      }
      return answers;
    });
  }

  #twin(
    side: Twin['side'],
    like: Twins | undefined,
    execute: (cwd: string, commands: readonly (readonly string[])[]) => Promise<Answer[]>,
  ): Twin {
    const { sandbox } = this.#lane;
    const base = join(this.#folder, `${side}-side`.padEnd(10, '-'));
    const [root, remote] = [join(base, 'repo'), join(base, 'remote')];
    fs.mkdirSync(remote, { recursive: true });
    const repo = like ? openRepo(root, sandbox.env) : makeRepo(sandbox, relative(sandbox.root, root));
    return { side, repo, remote, run: (...commands) => execute(root, commands) };
  }

  both(edit: (repo: RepoBuilder) => void): void {
    edit(this.dvc.repo);
    edit(this.lode.repo);
  }

  dispose(): void {
    removeTree(this.#folder);
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
