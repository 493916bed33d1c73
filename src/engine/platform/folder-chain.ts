import * as fs from 'node:fs';
import { errnoOf } from '../core/errors.ts';
import { IoProblem } from './io-batch.ts';

const OPEN_FOLDER =
  fs.constants.O_RDONLY |
  (fs.constants.O_DIRECTORY ?? 0) |
  (fs.constants.O_NOFOLLOW ?? 0) |
  (fs.constants.O_NONBLOCK ?? 0);

/** Linux gives an open folder a path of its own, which stays with it whatever happens to its names. */
const HANDLE_PATHS = process.platform === 'linux' && fs.existsSync('/proc/self/fd');

/**
 * The way from a folder that is ours down to one that repository content names, made where it is missing, without ever
 * following a link: a directory object must not lead a checkout out of the workspace.
 *
 * On Linux each step is opened from the one above, so that nobody can swap a folder for a link in between; elsewhere each
 * step is looked at before it is used.
 */
export class FolderChain implements Disposable {
  readonly #root: string;
  readonly #ours: boolean;
  /** Components from the root down to the folder entered last, with their handles and paths. */
  readonly #steps: { name: string; handle: number | undefined; path: string }[] = [];
  #last: string | undefined;
  #lastPath = '';

  /**
   * @param root Absolute; may itself be reached through links.
   * @param ours True where nobody else knows the folder, so that no link can be in it: then a path is just a path.
   */
  constructor(root: string, ours = false) {
    this.#root = root;
    this.#ours = ours;
  }

  /**
   * A path of the folder `relative` to the root, good until the next call.
   *
   * @throws IoProblem `link-in-path` if a component is a link or a file
   */
  enter(relative: string): string {
    if (relative === this.#last) return this.#lastPath;
    if (this.#ours) return this.#enterOurs(relative);
    const names = relative === '' ? [] : relative.split('/');
    let shared = 0;
    while (shared < names.length && this.#steps[shared]?.name === names[shared]) shared++;
    this.#close(shared);
    for (let i = shared; i < names.length; i++) this.#steps.push(this.#step(names[i] as string));
    this.#last = relative;
    this.#lastPath = this.#top();
    return this.#lastPath;
  }

  #enterOurs(relative: string): string {
    const path = relative === '' ? this.#root : `${this.#root}/${relative}`;
    fs.mkdirSync(path, { recursive: true });
    this.#last = relative;
    this.#lastPath = path;
    return path;
  }

  [Symbol.dispose](): void {
    this.#close(0);
    this.#last = undefined;
  }

  #top(): string {
    return this.#steps.at(-1)?.path ?? this.#root;
  }

  #step(name: string): { name: string; handle: number | undefined; path: string } {
    const path = `${this.#top()}/${name}`;
    if (!HANDLE_PATHS) {
      this.#look(path, name);
      return { name, handle: undefined, path };
    }
    const handle = this.#open(path, name);
    return { name, handle, path: `/proc/self/fd/${handle}` };
  }

  #open(path: string, name: string): number {
    try {
      return fs.openSync(path, OPEN_FOLDER);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 'ELOOP' || errno === 'ENOTDIR') throw new IoProblem('link-in-path', this.#describe(name));
      if (errno !== 'ENOENT') throw error;
    }
    this.#make(path);
    try {
      return fs.openSync(path, OPEN_FOLDER);
    } catch (error) {
      const errno = errnoOf(error);
      throw errno === 'ELOOP' || errno === 'ENOTDIR' ? new IoProblem('link-in-path', this.#describe(name)) : error;
    }
  }

  #look(path: string, name: string): void {
    let stats = fs.lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) {
      this.#make(path);
      stats = fs.lstatSync(path);
    }
    if (!stats.isDirectory()) throw new IoProblem('link-in-path', this.#describe(name));
  }

  #make(path: string): void {
    try {
      fs.mkdirSync(path);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error; // Another thread made it, or it is what the next look refuses.
    }
  }

  #describe(name: string): string {
    return [this.#root, ...this.#steps.map((step) => step.name), name].join('/');
  }

  #close(from: number): void {
    for (const { handle } of this.#steps.splice(from)) if (handle !== undefined) fs.closeSync(handle);
  }
}
