/**
 * Every failure a user can meet, by code. A code's class decides the CLI's exit status, as in DVC:
 * 251 configuration, 252 interrupted, 253 not in a repository, 254 usage, 1 a verb that reports its own failures, 255 the rest.
 */
export type ErrorCode =
  | 'cancelled'
  | 'config'
  | 'no-repository'
  | 'usage'
  | 'already-initialized'
  | 'not-tracked-by-git'
  | 'git-ignored'
  | 'git-failed'
  | 'unknown-revision'
  | 'output-missing'
  | 'output-overlap'
  | 'output-outside-repo'
  | 'output-is-dvc-file'
  | 'output-ignored'
  | 'output-tracked-by-git'
  | 'output-in-symlink'
  | 'output-reserved'
  | 'ignore-file-in-output'
  | 'special-file'
  | 'dangling-link'
  | 'link-loop'
  | 'no-link-type'
  | 'bad-name'
  | 'file-changing'
  | 'target-not-found'
  | 'stage-not-found'
  | 'invalid-file'
  | 'invalid-schema'
  | 'torn-file'
  | 'invalid-tree'
  | 'object-missing'
  | 'object-corrupt'
  | 'checkout-missing'
  | 'unsaved-files'
  | 'commit-unconfirmed'
  | 'consent'
  | 'remote-not-found'
  | 'no-remote'
  | 'remote-unsupported'
  | 'remote-changed'
  | 'remote-failed'
  | 'transfer-failed'
  | 'lock-held'
  | 'path-busy'
  | 'lock-file-broken'
  | 'no-space'
  | 'permission'
  | 'read-only'
  | 'io'
  | 'gc-scope'
  | 'hook-exists'
  | 'merge-failed'
  | 'move-failed'
  | 'cycle'
  | 'stage-failed'
  | 'stage-exists'
  | 'unknown-key'
  | 'params-missing'
  | 'experiment-exists'
  | 'unknown-experiment'
  | 'experiment-failed'
  | 'bad-override'
  | 'bad-stop-rule'
  | 'experiment-stopped'
  | 'plot-failed'
  | 'too-big'
  | 'unsupported';

export interface DvcErrorDetails {
  /** What to do next, in one sentence. */
  readonly hint?: string;
  /** True only if the same call may succeed later. */
  readonly retryable?: boolean;
  /** What happened beneath; goes to the log, never to the screen. */
  readonly cause?: unknown;
  /** The exit status, where it is not the code's usual one. */
  readonly exitCode?: number;
  /** Machine-readable detail: paths, objects, the parts that failed. */
  readonly data?: Readonly<Record<string, unknown>>;
}

const BRAND = Symbol.for('lode.DvcError');

/** A failure a user can meet: one sentence, a code, and the next step. Anything else thrown is a bug. */
export class DvcError extends Error {
  override readonly name = 'DvcError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly retryable: boolean;
  readonly exitCode: number | undefined;
  readonly data: Readonly<Record<string, unknown>>;
  readonly [BRAND] = true;

  constructor(code: ErrorCode, message: string, more: DvcErrorDetails = {}) {
    super(message, { cause: more.cause });
    this.code = code;
    this.hint = more.hint;
    this.retryable = more.retryable ?? false;
    this.exitCode = more.exitCode;
    this.data = more.data ?? {};
  }

  /** Also true of one from another bundle, which has this class a second time. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  static is(error: unknown, code?: ErrorCode): error is DvcError {
    return error instanceof DvcError && (code === undefined || error.code === code);
  }
}

export const cancelled = (what = 'The operation') => new DvcError('cancelled', `${what} was cancelled.`);

export const noRepository = () =>
  new DvcError('no-repository', "you are not inside of a DVC repository (checked up to mount point '/')", {
    hint: 'Run `lode init` in the root of your project first.',
  });

export const configError = (message: string, more: DvcErrorDetails = {}) =>
  new DvcError('config', `configuration error - config file error: ${message}`, more);

/** A file of the user's that cannot be read as what it should be. `where` is 1-based. */
export const invalidFile = (
  path: string,
  problem: string,
  where?: { line: number; column?: number },
  more: DvcErrorDetails = {},
) =>
  new DvcError(
    'invalid-file',
    `'${path}' is invalid${where ? ` (line ${where.line}${where.column ? `, column ${where.column}` : ''})` : ''}: ${problem}`,
    { ...more, data: { path, ...where, ...more.data } },
  );

/** An empty or cut-off metadata file: never read as "nothing tracked". */
export const tornFile = (path: string, found: string) =>
  new DvcError('torn-file', `'${path}' is damaged: ${found}.`, {
    hint: `Restore it with \`git checkout -- ${path}\`, or re-create it with \`lode add\`.`,
    data: { path },
  });

const ERRNO: Readonly<Record<string, readonly [ErrorCode, string, string?]>> = {
  ENOSPC: [
    'no-space',
    'there is no space left on the device',
    'Free some space and run the command again; nothing was lost.',
  ],
  EDQUOT: ['no-space', 'the disk quota is used up', 'Free some space and run the command again; nothing was lost.'],
  EACCES: ['permission', 'permission denied', 'Check the permissions of the file and its folder.'],
  EPERM: ['permission', 'the operation is not permitted', 'Check the permissions of the file and its folder.'],
  EROFS: ['read-only', 'the file system is read-only'],
  EIO: ['io', 'the device reported an input/output error', 'Check the disk; what was stored before is untouched.'],
  EMFILE: ['io', 'too many files are open', 'Raise the limit (`ulimit -n`) or use fewer jobs.'],
  ENFILE: ['io', 'too many files are open on this machine'],
  ELOOP: ['link-loop', 'its symbolic links form a loop', 'Remove the loop, or ignore the path in .dvcignore.'],
  EINTR: ['io', 'the system call was interrupted', 'Run the command again; nothing was lost.'],
  ENAMETOOLONG: ['bad-name', 'the name is too long for the file system'],
};

/** Turns a failed system call into the user's words; a `DvcError` passes through, and anything unknown stays what it is. */
export function fromErrno(error: unknown, doing: string, path: string): unknown {
  if (error instanceof DvcError || !(error instanceof Error)) return error;
  const code = (error as NodeJS.ErrnoException).code;
  const known = code === undefined ? undefined : ERRNO[code];
  if (!known) return error;
  const [kind, words, hint] = known;
  return new DvcError(kind, `cannot ${doing} '${path}': ${words}.`, {
    cause: error,
    data: { path, errno: code },
    ...(hint === undefined ? {} : { hint }),
  });
}

/** `error.code` of a system error, without a cast at each use. */
export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && !(error instanceof DvcError) ? (error as NodeJS.ErrnoException).code : undefined;

/** `.dvcignore` below a directory tracked as one output. `folder` is absolute. */
export const ignoreFileInOutput = (folder: string) =>
  new DvcError('ignore-file-in-output', `.dvcignore file should not be in collected dir path: '${folder}'`, {
    hint: 'Move its rules to a .dvcignore above the tracked directory.',
    data: { path: folder },
  });

/** DVC's four lines, with its leading and trailing space. */
export const outputTrackedByGit = (path: string) =>
  new DvcError(
    'output-tracked-by-git',
    ` output '${path}' is already tracked by SCM (e.g. Git).
    You can remove it from Git, then add to DVC.
        To stop tracking from Git:
            git rm -r --cached '${path}'
            git commit -m "stop tracking ${path}" `,
    { data: { path } },
  );

/** A name no line of a `.gitignore` can mean. */
export const nameNotIgnorable = (path: string) =>
  new DvcError(
    'bad-name',
    `${JSON.stringify(path)} cannot be tracked: its name contains a line break, which .gitignore cannot express.`,
    {
      hint: 'Rename it first.',
      data: { path },
    },
  );

export const gitMissing = (cause: unknown) =>
  new DvcError('git-failed', 'the git program was not found.', {
    hint: 'Install Git and make sure that `git` is on your PATH.',
    cause,
  });

/** @param reason What git printed on its error stream. */
export const gitFailed = (doing: string, reason: string) =>
  new DvcError('git-failed', `git ${doing} failed${reason.trim() === '' ? '' : `: ${reason.trim()}`}`, {
    ...(reason.includes('safe.directory')
      ? { hint: 'The repository belongs to another user; follow the advice above if you trust it.' }
      : {}),
    data: { doing, reason },
  });

export const unknownRevision = (rev: string) =>
  new DvcError('unknown-revision', `unknown Git revision '${rev}'`, { data: { rev } });

export const ambiguousRevision = (rev: string) =>
  new DvcError('unknown-revision', `ambiguous Git revision '${rev}'`, { data: { rev } });

/** @param holder For example `PID 123 (dvc push) since 12 s`; undefined where nobody can be named. */
export const lockHeld = (path: string, holder: string | undefined) =>
  new DvcError(
    'lock-held',
    'Unable to acquire lock. Most likely another DVC process is running or was terminated abruptly. Check the page <https://dvc.org/doc/user-guide/troubleshooting#lock-issue> for other possible reasons and to learn how to resolve this.',
    {
      hint: `${holder === undefined ? 'Another process' : holder} holds '${path}'. Wait for it to end, or run with --wait-for-lock.`,
      retryable: true,
      data: { path, holder },
    },
  );

/** @param blockers One per process in the way. */
export const pathBusy = (path: string, blockers: readonly { pid: number; cmd: string }[], rwlockFile: string) =>
  new DvcError(
    'path-busy',
    `'${path}' is busy, it is being blocked by:
${blockers.map(({ pid, cmd }) => `  (PID ${pid}): ${cmd}`).join('\n')}

If there are no processes with such PIDs, you can manually remove '${rwlockFile}' and try again.`,
    { retryable: true, data: { path, blockers } },
  );

/** A lock file that cannot be read while another process may still rely on it. */
export const lockFileBroken = (path: string, problem: string) =>
  new DvcError('lock-file-broken', problem, {
    hint: `Wait for the other process to end, or remove '${path}' if there is none.`,
    data: { path },
  });

export const hookExists = (name: string) =>
  new DvcError(
    'hook-exists',
    `failed to install DVC Git hooks - Hook '${name}' already exists. Please refer to <https://man.dvc.org/install> for more info.`,
    { data: { hook: name } },
  );

/** `known` are the names there are, for the hint. */
export const remoteNotFound = (name: string, known: readonly string[] = []) =>
  new DvcError('remote-not-found', `config file error: remote '${name}' doesn't exist`, {
    hint:
      known.length > 0 ? `The remotes of this repository are ${known.join(', ')}.` : 'Add it with `lode remote add`.',
    data: { remote: name },
  });

/** No remote was named and there is no default. `command` is the verb that needed one. */
export const noRemote = (command: string, anyRemote: boolean) =>
  new DvcError('no-remote', 'config file error: no remote specified in project.', {
    hint: anyRemote
      ? `Set a default with \`lode remote default <name>\`, or use \`lode ${command} -r <name>\`.`
      : 'Create a default remote with `lode remote add -d <name> <url>`.',
  });

/** A question only Git can answer, asked where there is no Git. */
export const noGit = () =>
  new DvcError(
    'git-failed',
    "Only supported for Git repositories. If you're seeing this error in a Git repo, try updating the DVC configuration with `dvc config core.no_scm false`.",
  );

/** What a schema refuses in a DVC file. `detail` is DVC's text below the first line: each problem with its place and lines. */
export const schemaFailed = (path: string, count: number, detail: string, hint?: string) =>
  new DvcError(
    'invalid-schema',
    detail.startsWith('\n')
      ? `'./${path}' validation failed${count > 1 ? `: ${count} errors` : ''}.\n${detail}`
      : `'./${path}' validation failed: ${detail}.`,
    { ...(hint === undefined ? {} : { hint }), data: { path, problems: count } },
  );

/** A `${}` or the `vars` of a dvc.yaml that cannot be resolved. `sentence` is whole, in DVC's words. */
export const resolveFailed = (path: string, sentence: string, missingKey: boolean, hint?: string) =>
  new DvcError(missingKey ? 'unknown-key' : 'invalid-file', sentence, {
    ...(hint === undefined ? {} : { hint }),
    data: { path },
  });

/** Groups of a dvc.yaml that would make more stages than anyone can run. */
export const tooManyStages = (path: string, group: string, count: number, limit: number) =>
  new DvcError(
    'too-big',
    `'${group}' in '${path}' would make ${count} stages; at most ${limit} are allowed in one file.`,
    {
      hint: 'Give its axes fewer values, or split the file.',
      data: { path, group, count },
    },
  );

/** One output in two lists of one stage. `owner` is the stage's address. */
export const outputTwice = (output: string, owner: string) =>
  new DvcError('output-overlap', `output '${output}' is already specified in stage: '${owner}'.`, {
    hint: `Use \`lode remove ${owner}\` to stop tracking the overlapping output, or delete one of its entries.`,
    data: { output, stage: owner },
  });

/** An object that a database does not have. `where` is its folder or URL. */
export const objectMissing = (oid: string, where: string) =>
  new DvcError('object-missing', `the object '${oid}' is not in '${where}'.`, {
    hint: 'Fetch it from a remote with `lode pull`.',
    data: { oid, where },
  });

/** An object whose content has another hash than its name says. */
export const objectCorrupt = (oid: string, where: string) =>
  new DvcError(
    'object-corrupt',
    `the object '${oid}' in '${where}' is damaged: its content is not what its name says.`,
    {
      hint: 'Run `lode cache verify --repair`, or fetch it again from a remote.',
      data: { oid, where },
    },
  );

/** What arrived under an object's name has another hash. @param found Its hash, and how many bytes that is of. */
export const objectMismatch = (oid: string, where: string, found: string, bytes: number) =>
  new DvcError(
    'object-corrupt',
    `'${where}' gives other content than that of the object '${oid}': expected ${oid.slice(0, 32)}, found ${found} in ${bytes} bytes.`,
    {
      hint: 'Remove the damaged object there, and push it again from where the data is whole.',
      data: { oid, where, expected: oid.slice(0, 32), found, bytes },
    },
  );

/** Git leaves the conflict to the user then. */
export const mergeFailed = (problem: string) =>
  new DvcError('merge-failed', problem, {
    hint: 'Choose one side of the file, or merge the data by hand and add it again.',
  });

/** Both sides of a merge have run the same stages, and neither result is more right than the other. */
export const lockConflict = (file: string, stages: readonly string[]) =>
  new DvcError('merge-failed', `Both sides of '${file}' have another run of: ${stages.join(', ')}.`, {
    hint: 'Choose whose counts with `lode lock merge --ours` or `--theirs`; `lode repro` then runs what is not up to date.',
    data: { file, stages },
  });

/** `action` is `dump` (to change its entry) or `remove`; `stage` is its address. */
export const stageParametrized = (action: 'dump' | 'remove', stage: string) =>
  new DvcError('unsupported', `cannot ${action} a parametrized stage: '${stage}'`, {
    hint: 'It is made by interpolation, vars, foreach or matrix: edit dvc.yaml itself.',
    data: { stage },
  });

/** @param paths Absolute. DVC's text, and the way to keep the work. */
export const unsavedFiles = (paths: readonly string[]) =>
  new DvcError(
    'unsaved-files',
    `Can't remove the following unsaved files without confirmation. Use \`--force\` to force.\n${paths.join('\n')}`,
    {
      hint: 'Keep them with `lode commit` or `lode add`, or throw them away with `--force`.',
      data: { paths },
    },
  );

/** @param failed Outputs with what the cache lacks of them. */
export const checkoutMissing = (
  failed: readonly {
    readonly path: string;
    readonly oids: readonly string[];
    readonly files?: readonly { readonly path: string; readonly oid: string }[];
  }[],
) =>
  new DvcError(
    'checkout-missing',
    `Checkout failed for following targets:\n${failed.map(({ path }) => path).join('\n')}\nIs your cache up to date?\n` +
      failed
        .map(({ path, oids, files }) => `  ${path}: ${describeLack(oids, files)} missing or damaged in the cache`)
        .join('\n'),
    {
      hint: 'No remote was asked: `lode pull` does that. Or leave the data out with `--allow-missing`.',
      data: { failed },
    },
  );

/** @param files What the objects are of, where that is known. */
function describeLack(
  oids: readonly string[],
  files: readonly { readonly path: string; readonly oid: string }[] = [],
): string {
  const shown = oids.slice(0, 3).map((oid) => {
    const file = files.find((one) => one.oid === oid);
    return file ? `${file.path} (md5 ${oid})` : `md5 ${oid}`;
  });
  return oids.length > shown.length ? `${shown.join(', ')} and ${oids.length - shown.length} more` : shown.join(', ');
}

const DOING: Readonly<Record<string, string>> = {
  copyfile: 'copy',
  link: 'link',
  mkdir: 'create',
  open: 'open',
  opendir: 'list',
  read: 'read',
  readlink: 'read',
  rename: 'rename',
  rmdir: 'remove',
  scandir: 'list',
  spawn: 'start',
  symlink: 'link',
  unlink: 'remove',
  write: 'write',
};

/** What went wrong first, where letting go of something (`await using`) then failed too. */
function firstError(error: unknown): unknown {
  let first = error;
  while (first instanceof Error && first.name === 'SuppressedError' && 'suppressed' in first) first = first.suppressed;
  return first;
}

/** As {@link fromErrno}, for a failure that nobody on the way up knew more about than the system call itself says. */
export function fromSystemError(thrown: unknown): unknown {
  const error = firstError(thrown);
  if (!(error instanceof Error)) return error;
  const { syscall = '', path = 'a file' } = error as NodeJS.ErrnoException;
  return fromErrno(error, DOING[syscall] ?? 'look at', path);
}

/** An object that could not be moved, and what each remote that was asked for it answered. */
export interface FailedObject {
  readonly oid: string;
  /** From the repository's root, where it is known what the object belongs to. */
  readonly path?: string | undefined;
  /** One sentence that names path, object and remote. */
  readonly message: string;
  readonly asked: readonly RemoteAnswer[];
}

export interface RemoteAnswer {
  readonly remote: string;
  /** Without credentials. */
  readonly url: string;
  /** The code of what went wrong: `object-missing` is "it is not there". */
  readonly answer: string;
  readonly message: string;
}

export const pushFailed = (failed: readonly FailedObject[]) =>
  new DvcError('transfer-failed', `${failed.length} ${failed.length === 1 ? 'file' : 'files'} failed to upload`, {
    hint: `First: ${failed[0]?.message ?? ''} Run the command again: what has arrived is not sent twice.`,
    data: { failed },
  });

export const fetchFailed = (failed: readonly FailedObject[]) =>
  new DvcError(
    'transfer-failed',
    `${failed.length} ${failed.length === 1 ? 'file' : 'files'} failed to download${listed(failed)}`,
    {
      hint: `${
        failed.every(({ asked }) => asked.every(({ answer }) => answer === 'object-missing'))
          ? 'Push from where the data is, or name another remote with `-r`.'
          : 'Run the command again: what has arrived is not fetched twice.'
      }`,
      data: { failed },
    },
  );

/** Each with its path, its hash, the remote that was asked and what that answered, one a line. */
const listed = (failed: readonly FailedObject[]): string =>
  [
    ...failed.slice(0, LISTED).map(({ message }) => `\n  ${message}`),
    ...(failed.length > LISTED ? [`\n  and ${failed.length - LISTED} more`] : []),
  ].join('');

const LISTED = 10;

/** The same failure with what was being done in front, as DVC's messages have it. Bugs and cancellations pass through. */
export function withMessagePrefix(prefix: string, error: unknown): unknown {
  if (!(error instanceof DvcError) || error.code === 'cancelled') return error;
  const { code, message, hint, retryable, exitCode, data, cause } = error;
  return new DvcError(code, `${prefix} - ${message}`, {
    retryable,
    data,
    cause: cause ?? error,
    ...(hint === undefined ? {} : { hint }),
    ...(exitCode === undefined ? {} : { exitCode }),
  });
}

export const commitUnconfirmed = (stage: string) =>
  new DvcError('commit-unconfirmed', `unable to commit changed stage: '${stage}'. Use \`-f|--force\` to force.`);

/** An output or dependency that has to be there and is not. `pipeline`: of a stage that runs commands. */
export const dataMissing = (kind: 'output' | 'dependency', shown: string, { pipeline = false } = {}) =>
  new DvcError('output-missing', `${kind} '${shown}' does not exist`, {
    hint: pipeline
      ? MISSING_HINTS[kind]
      : 'Bring it back with `lode checkout`, or stop tracking it with `lode remove`.',
    data: { path: shown },
  });

const MISSING_HINTS = {
  output: "The command succeeded without making it: correct the command, or the stage's `outs`.",
  dependency: "Bring it back with `lode checkout`, make it, or correct the stage's `deps`.",
};

/** What an import comes from, where nothing is any more. */
export const sourceMissing = (shown: string) =>
  new DvcError('output-missing', `dependency '${shown}' does not exist`, {
    hint: 'Check its spelling and whether it was moved: `lode list-url` shows what lies beside it.',
    data: { path: shown },
  });

/** A target of a comparison that neither side tracks. `b` is undefined for the workspace. */
export const targetUntracked = (target: string, a: string, b: string | undefined) =>
  new DvcError(
    'target-not-found',
    `'${target}' is tracked neither in '${a}' nor in ${b ? `'${b}'` : 'the workspace'}`,
    {
      hint: 'Run `lode ls . --dvc-only` to see what is tracked.',
      data: { target },
    },
  );

/** @param path As given, below the repository; undefined where the repository itself is not there. */
export const nothingToList = (url: string, path: string | undefined) => {
  return new DvcError('output-missing', `'${path ?? url}' does not exist${path ? ` in '${url}'` : ''}`, {
    hint: path ? 'Paths start at the root of the repository that is listed.' : 'Give the path of a repository.',
    data: { path },
  });
};

/** Scope options of `gc` that do not go together, or none at all. `problem` is DVC's sentence. */
export const badGcScope = (problem: string, hint?: string) =>
  new DvcError('gc-scope', problem, hint === undefined ? {} : { hint });

/** A directory whose list of files is nowhere to be found: `gc` cannot know what to keep. */
export const manifestMissing = (directory: string, oid: string) =>
  new DvcError('object-missing', `unable to fully collect used cache without cache for directory '${directory}'`, {
    hint: 'Fetch it with `lode fetch`, or give its files up with `--force`. Nothing was deleted.',
    data: { path: directory, oid },
  });

/** Objects that could not be deleted; the others are gone. */
export const removalFailed = (failed: readonly { readonly path: string; readonly message: string }[]) =>
  new DvcError('io', `${failed.length} ${failed.length === 1 ? 'object' : 'objects'} could not be removed.`, {
    hint: `First: '${failed[0]?.path ?? ''}': ${failed[0]?.message ?? ''}`,
    data: { failed },
  });

/** @param pointer The `.dvc` file beside it, where there is one. */
export const notDvcFile = (target: string, pointer: string) =>
  new DvcError('target-not-found', `'${target}' is not a .dvc file. Do you mean '${pointer}'?`, {
    data: { target, pointer },
  });

export const stageFileMissing = (shown: string) =>
  new DvcError('target-not-found', `'${shown}' does not exist`, { data: { path: shown } });

export const stageFileIgnored = (shown: string) =>
  new DvcError('target-not-found', `'${shown}' is dvc-ignored`, {
    hint: 'Change the rule in .dvcignore.',
    data: { path: shown },
  });

export const stageNotInFile = (name: string, file: string, hint?: string) =>
  new DvcError('stage-not-found', `Stage '${name}' not found inside '${file}' file`, {
    ...(hint === undefined ? {} : { hint }),
    data: { stage: name, file },
  });

/** Why data cannot be moved; the caller puts what was tried in front. */
export const moveRefused = (reason: string, hint?: string) =>
  new DvcError('move-failed', reason, hint === undefined ? {} : { hint });

/** A path of the user's that no command may write to or delete, because it is outside of the repository. */
export const pathOutsideRepo = (shown: string) =>
  new DvcError('output-outside-repo', `'${shown}' is outside of the repository.`, { data: { path: shown } });

/** Folders that belong to tools, and the repository's root itself. */
export const pathReserved = (shown: string) =>
  new DvcError(
    'output-reserved',
    `'${shown}' is or leads into a folder that belongs to another tool, or is the repository.`,
    {
      hint: 'Nothing was changed. Correct the path in the stage file.',
      data: { path: shown },
    },
  );

export const pathThroughLink = (shown: string) =>
  new DvcError('output-in-symlink', `'${shown}' is or lies behind a link to a folder.`, {
    hint: 'Data is never changed through a link: name the real path.',
    data: { path: shown },
  });

export const nothingToUnprotect = (shown: string) =>
  new DvcError('output-missing', `can't unprotect non-existing data '${shown}'`, { data: { path: shown } });

export const destroyUnconfirmed = () =>
  new DvcError(
    'usage',
    'failed to destroy DVC - cannot destroy without a confirmation from the user. Use `-f` to force.',
    { exitCode: 1 },
  );

/** Data is never placed where a file of the repository says, outside of it. */
export const outputOutside = (shown: string, stage: string) =>
  new DvcError('output-outside-repo', `the output '${shown}' of '${stage}' lies outside of the project.`, {
    hint: 'Nothing was changed. Track a path inside the project instead.',
    data: { path: shown, stage },
  });

/** None of the link types that `cache.type` allows works from the cache to where data is wanted. */
export const noLinkType = (shown: string, types: readonly string[]) =>
  new DvcError(
    'no-link-type',
    `No possible cache link types for '${shown}': ${types.join(', ')} cannot be made there.`,
    {
      hint: 'Allow copies as well (`lode config cache.type reflink,copy`), or keep the cache on the same file system (`lode cache dir`).',
      data: { path: shown, types },
    },
  );

/** A template of plots that is neither built in nor a file. */
export const templateMissing = (name: string) =>
  new DvcError('plot-failed', `Template '${name}' not found.`, {
    exitCode: 255,
    hint: '`lode plots templates` lists those that are built in; others are files in .dvc/plots, or paths.',
    data: { template: name },
  });

/** A plot that cannot be drawn at all. */
export const plotFailed = (plot: string, problem: string) =>
  new DvcError('plot-failed', `the plot '${plot}' cannot be drawn: ${problem}`, { exitCode: 255, data: { plot } });

/** Which step of reaching a store failed, in the order in which they are taken. */
export type RemoteStep = 'name' | 'connect' | 'tls' | 'identity' | 'bucket' | 'list' | 'read' | 'write';

/** Why a store said no. Each has its sentence and its next step in the catalogue of its store. */
export type RemoteCause =
  | 'unknown-host'
  | 'unreachable'
  | 'proxy'
  | 'untrusted-certificate'
  | 'no-credentials'
  | 'wrong-credentials'
  | 'expired-credentials'
  | 'denied'
  | 'no-bucket'
  | 'wrong-region'
  | 'clock-skew'
  | 'unknown-host-key'
  | 'changed-host-key'
  | 'throttled'
  | 'server'
  | 'stalled'
  | 'cut'
  | 'full'
  | 'unsupported'
  | 'other';

/** A store that could not be used. `message` is one sentence of what and why; `evidence` is what the store said, without secrets. */
export const remoteFailed = (
  step: RemoteStep,
  why: RemoteCause,
  message: string,
  more: {
    hint: string;
    retryable?: boolean;
    cause?: unknown;
    url: string;
    evidence?: string;
    /** How long the store asked to be left alone, in milliseconds. */
    retryAfter?: number;
    /** The file of a key that may do with a passphrase, or with another one. */
    lockedKey?: string | undefined;
  },
) =>
  new DvcError('remote-failed', message, {
    hint: more.hint,
    retryable: more.retryable ?? false,
    cause: more.cause,
    data: {
      step,
      why,
      url: more.url,
      evidence: more.evidence,
      ...(more.retryAfter === undefined ? {} : { retryAfter: more.retryAfter }),
      ...(why === 'throttled' ? { throttled: true } : {}),
      ...(more.lockedKey === undefined ? {} : { lockedKey: more.lockedKey }),
    },
  });

/** An object that became another one while it was read in pieces. */
export const remoteChanged = (key: string, url: string) =>
  new DvcError('remote-changed', `'${key}' in '${url}' changed while it was read.`, {
    hint: 'Run the command again.',
    retryable: true,
    data: { key, url },
  });
