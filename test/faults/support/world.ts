import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { look, type World } from '../../support/checker.ts';
import { runSync } from '../../support/cli.ts';
import { makeSandbox, type Sandbox } from '../../support/sandbox.ts';
import { TrialHost } from './trial-host.ts';

/**
 * The little world of one trial, always at the same place: a repository, a folder remote, an outside cache and folders
 * that nothing may touch. Its first state is kept aside and put back before every trial.
 */
export class TrialWorld {
  readonly sandbox: Sandbox = makeSandbox('faults');
  readonly host = new TrialHost(this.sandbox.env);
  readonly base = this.sandbox.path('world');
  readonly repo = join(this.base, 'repo');
  readonly remote = join(this.base, 'remote');
  readonly outside = join(this.base, 'outside');
  readonly #image = this.sandbox.path('image');

  /** Folders whose operations are numbered and whose content is judged. */
  readonly roots: readonly string[] = [this.repo, this.remote];

  path(...parts: string[]): string {
    return join(this.repo, ...parts);
  }

  /** Starts over with an empty Git repository beside an empty remote and a sentinel folder. */
  reset(): void {
    fs.rmSync(this.base, { recursive: true, force: true });
    for (const folder of [this.repo, this.remote, this.outside]) fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(join(this.outside, 'precious.txt'), 'not yours\n');
    this.git('init', '-q', '-b', 'main', '--template=');
  }

  write(path: string, data: string | Uint8Array): void {
    fs.mkdirSync(dirname(this.path(path)), { recursive: true });
    fs.rmSync(this.path(path), { force: true });
    fs.writeFileSync(this.path(path), data);
  }

  git(...args: string[]): void {
    const { code, stderr } = runSync(['git'], args, { cwd: this.repo, env: this.sandbox.env });
    if (code !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  }

  /** Runs the CLI without faults. @throws where it does not exit 0. */
  async lode(...args: string[]): Promise<void> {
    const { code, stdout, stderr } = await this.host.run(this.repo, args, { roots: this.roots });
    if (code !== 0) throw new Error(`lode ${args.join(' ')} exited ${code}: ${stderr}${stdout}`);
  }

  /** Keeps the present state as what `restore` brings back. */
  keep(): void {
    fs.rmSync(this.#image, { recursive: true, force: true });
    copyTree(this.base, this.#image);
  }

  restore(): void {
    fs.rmSync(this.base, { recursive: true, force: true });
    copyTree(this.#image, this.base);
  }

  look(): World {
    return look(this.roots);
  }

  dispose(): void {
    this.host.dispose();
    this.sandbox.dispose();
  }
}

/** Copies a tree with modes, times, symbolic links and hard links among its files. */
export function copyTree(from: string, to: string): void {
  const inodes = new Map<number, string>();
  const visit = (source: string, target: string): void => {
    const stat = fs.lstatSync(source);
    if (stat.isDirectory()) {
      fs.mkdirSync(target, { recursive: true });
      for (const name of fs.readdirSync(source)) visit(join(source, name), join(target, name));
      fs.chmodSync(target, stat.mode & 0o7777);
      return;
    }
    if (stat.isSymbolicLink()) {
      fs.symlinkSync(fs.readlinkSync(source), target);
      return;
    }
    const twin = stat.nlink > 1 ? inodes.get(stat.ino) : undefined;
    if (twin !== undefined) {
      fs.linkSync(twin, target);
      return;
    }
    inodes.set(stat.ino, target);
    fs.copyFileSync(source, target);
    fs.chmodSync(target, stat.mode & 0o7777);
    fs.utimesSync(target, stat.atimeMs / 1000, stat.mtimeMs / 1000);
  };
  visit(from, to);
}
