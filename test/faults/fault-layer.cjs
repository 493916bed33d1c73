/**
 * A deterministic fault layer under every file operation of a Node program: load it with `node --require`.
 *
 * It patches `node:fs` (sync, callback, promise and FileHandle forms) and `node:child_process` before the program is loaded.
 * Only operations on paths below the plan's roots are numbered, so Node's own module loading never shifts a number.
 * A plan comes from the variable LODE_FAULT (JSON, for a process of its own) or from `runWith` (a trial inside a trial host).
 *
 * @typedef {object} Plan
 * @property {string[]} roots Absolute folders whose operations count.
 * @property {string} [errno] Fails the `at`-th operation that can meet this error.
 * @property {number} [at] 1-based.
 * @property {boolean} [persistent] Every eligible operation from `at` on fails as well.
 * @property {number} [killAt] Dies before the n-th changing operation (1-based).
 * @property {boolean} [torn] With `killAt`: half of that write or copy reaches the disk first.
 * @property {number} [space] Bytes that can be written before ENOSPC; the write that crosses it is cut.
 * @property {number} [short] Seed: every read and write through a descriptor transfers fewer bytes than asked.
 * @property {number} [clock] Milliseconds added to the program's clock.
 * @property {number[]} [slow] [n, ms]: waits before the n-th changing operation, for races.
 * @property {boolean} [log] Keeps the record that the power-loss model replays.
 * @property {string} [report] File that gets the counters as JSON when the process exits.
 */
'use strict';
const { AsyncLocalStorage } = require('node:async_hooks');
const childProcess = require('node:child_process');
const fs = require('node:fs');
const { constants } = fs;
const os = require('node:os');
const path = require('node:path');
const util = require('node:util');
const threads = require('node:worker_threads');

const real = { ...fs };
const realPromises = { ...fs.promises };
const trials = new AsyncLocalStorage();

const OPS = 0; // Changing operations so far.
const ELIGIBLE = 1; // Operations that could have met the planned errno.
const FIRED = 2; // Faults given.
const WRITTEN = 3; // Bytes written, for `space`.

/** Which operations meet which error on a real system. `open-new` may create, `open-old` only reads. */
const ELIGIBLE_OPS = {
  ENOSPC: ['open-new', 'write', 'truncate', 'mkdir', 'link', 'symlink', 'rename', 'copy', 'fsync'],
  EDQUOT: ['open-new', 'write', 'truncate', 'mkdir', 'copy'],
  EIO: [
    'open-old',
    'open-new',
    'read',
    'list',
    'stat',
    'write',
    'fsync',
    'rename',
    'unlink',
    'mkdir',
    'link',
    'copy',
    'readlink',
  ],
  EACCES: [
    'open-old',
    'open-new',
    'list',
    'stat',
    'rename',
    'unlink',
    'rmdir',
    'mkdir',
    'link',
    'symlink',
    'chmod',
    'copy',
  ],
  EMFILE: ['open-old', 'open-new', 'list', 'copy'],
  EROFS: ['open-new', 'mkdir', 'rename', 'link', 'symlink', 'unlink', 'rmdir', 'chmod', 'utimes', 'copy', 'truncate'],
  EINTR: ['open-old', 'open-new', 'read', 'write', 'fsync'],
};
const CHANGING = new Set(
  ['open-new', 'write', 'truncate', 'fsync', 'rename', 'link', 'symlink', 'unlink', 'rmdir', 'mkdir'].concat([
    'chmod',
    'utimes',
    'copy',
    'spawn',
  ]),
);

/** A trial's state. Counters are shared memory so that worker threads number their operations in the same sequence. */
const makeContext = (plan, shared = new SharedArrayBuffer(16), hooks = {}) => ({
  plan,
  shared,
  counters: new Int32Array(shared),
  roots: plan.roots.map((root) => path.resolve(root)),
  log: plan.log ? [] : undefined,
  frozen: false,
  opens: 0,
  children: new Set(),
  random: seeded(plan.short ?? 1),
  ...hooks,
});

function seeded(seed) {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

let processContext;
const inherited = threads.isMainThread ? undefined : threads.getEnvironmentData('lode.fault');
if (inherited) processContext = makeContext(inherited.plan, inherited.shared);
else if (process.env.LODE_FAULT) {
  processContext = makeContext(JSON.parse(process.env.LODE_FAULT));
  threads.setEnvironmentData('lode.fault', { plan: processContext.plan, shared: processContext.shared });
}

/** True while the layer itself reads or writes: Node's whole-file functions call the patched ones. */
let quiet = false;
const current = () => (quiet ? undefined : (trials.getStore() ?? processContext));
const quietly = (work) => {
  const before = quiet;
  quiet = true;
  try {
    return work();
  } finally {
    quiet = before;
  }
};

/** Descriptor to what was opened: the descriptor alone tells neither the path nor, after reuse, the file. */
const descriptors = new Map();

const textOf = (given) =>
  Buffer.isBuffer(given) ? given.toString() : given instanceof URL ? decodeURIComponent(given.pathname) : String(given);
const pathOf = (given) => {
  if (typeof given === 'number') return descriptors.get(given)?.path;
  if (given === undefined || given === null) return undefined;
  const text = textOf(given);
  const opened = /^\/proc\/self\/fd\/(\d+)(\/.*)?$/s.exec(text);
  if (!opened) return path.resolve(text);
  const folder = descriptors.get(Number(opened[1]))?.path; // A path through an open folder.
  return folder === undefined ? undefined : folder + (opened[2] ?? '');
};
const counts = (ctx, file) =>
  file !== undefined && ctx.roots.some((root) => file === root || file.startsWith(`${root}/`));

const faultError = (code, syscall, file) =>
  Object.assign(new Error(`${code}: injected fault, ${syscall}${file === undefined ? '' : ` '${file}'`}`), {
    errno: -(os.constants.errno[code] ?? 5),
    code,
    syscall,
    ...(file === undefined ? {} : { path: file }),
  });
/** As Node names them: an error of a descriptor's carries no path. */
const SYSCALLS = { 'open-old': 'open', 'open-new': 'open', list: 'scandir', copy: 'copyfile', truncate: 'ftruncate' };
const FROZEN = Symbol('the trial was killed');

/** Ends the program as SIGKILL would. Inside a trial host nothing the trial does from here on has an effect. */
function die(ctx) {
  Atomics.add(ctx.counters, FIRED, 1);
  if (!ctx.onFreeze) {
    process.kill(process.pid, 'SIGKILL');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); // Another thread must not run on meanwhile.
  }
  ctx.frozen = true;
  ctx.onFreeze();
}

/**
 * Announces one operation before it is done. Undefined where it is none of ours.
 *
 * @returns `{ torn }` asks the caller to do half and then die; `{ limit }` caps the bytes transferred.
 * @throws the planned errno, or FROZEN.
 */
function begin(kind, a, b, bytes) {
  const ctx = current();
  if (!ctx) return undefined;
  const first = pathOf(a);
  const second = b === undefined ? undefined : pathOf(b);
  if (ctx.frozen) {
    if (typeof a === 'number') throw FROZEN; // Its number may belong to another trial by now.
    if (!counts(ctx, first) && !counts(ctx, second) && kind !== 'spawn') return undefined;
    throw FROZEN;
  }
  if (kind !== 'spawn' && !counts(ctx, first) && !counts(ctx, second)) return undefined;
  const { plan, counters } = ctx;
  const op = { ctx, kind, path: first, path2: second, limit: undefined, torn: false };
  if (CHANGING.has(kind)) {
    const number = Atomics.add(counters, OPS, 1) + 1;
    if (plan.slow && plan.slow[0] === number)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, plan.slow[1]);
    if (plan.killAt === number) {
      if (plan.torn && (kind === 'write' || kind === 'copy')) op.torn = true;
      else {
        die(ctx);
        throw FROZEN;
      }
    }
  }
  if (plan.errno !== undefined && ELIGIBLE_OPS[plan.errno]?.includes(kind)) {
    const number = Atomics.add(counters, ELIGIBLE, 1) + 1;
    if (number === plan.at || (plan.persistent && number > plan.at)) {
      Atomics.add(counters, FIRED, 1);
      if (ctx.trace === undefined) ctx.trace = `${kind} ${first}`;
      throw faultError(plan.errno, SYSCALLS[kind] ?? kind, typeof a === 'number' ? undefined : first);
    }
  }
  if (plan.space !== undefined && (kind === 'write' || kind === 'copy')) {
    const before = Atomics.add(counters, WRITTEN, bytes ?? 0);
    if (before + (bytes ?? 0) > plan.space) {
      Atomics.add(counters, FIRED, 1);
      const left = Math.max(0, plan.space - before);
      if (left === 0 || kind === 'copy') throw faultError('ENOSPC', SYSCALLS[kind] ?? kind, undefined);
      op.limit = left;
    }
  }
  if (plan.short !== undefined && (kind === 'write' || kind === 'read') && bytes > 1) {
    Atomics.add(counters, FIRED, 1);
    op.limit = 1 + Math.floor(ctx.random() * (bytes - 1));
  }
  return op;
}
const record = (op, entry) => {
  if (op?.ctx.log && !op.ctx.frozen) op.ctx.log.push(entry);
};

/** Gives a callback function, a promise function and their shared `begin` one shape: `never` is how a dead program answers. */
const never = () => new Promise(() => {});
const killed = (error) => error === FROZEN;
const rethrow = (error) => {
  throw killed(error) ? faultError('EKILLED', 'killed') : error;
};

/** Wraps the three forms of one operation. `plan(args)` names it; `after(op, args, result)` records it. */
function wrap(name, describe, after = () => {}) {
  const sync = `${name}Sync`;
  if (real[sync])
    fs[sync] = function (...args) {
      try {
        const op = begin(...describe(args));
        const result = real[sync].apply(this, args);
        if (op) after(op, args, result);
        return result;
      } catch (error) {
        rethrow(error);
      }
    };
  if (real[name]) {
    fs[name] = function (...args) {
      const done = args.at(-1);
      if (typeof done !== 'function') return real[name].apply(this, args);
      let op;
      try {
        op = begin(...describe(args));
      } catch (error) {
        if (!killed(error)) process.nextTick(done, error);
        return;
      }
      const ctx = current();
      args[args.length - 1] = (error, ...results) => {
        if (ctx?.frozen) return;
        if (!error && op) after(op, args, results[0]);
        done(error, ...results);
      };
      return real[name].apply(this, args);
    };
    if (real[name][util.promisify.custom]) fs[name][util.promisify.custom] = real[name][util.promisify.custom];
  }
  if (realPromises[name])
    fs.promises[name] = async (...args) => {
      let op;
      try {
        op = begin(...describe(args));
      } catch (error) {
        if (killed(error)) return never();
        throw error;
      }
      const ctx = current();
      const result = await realPromises[name].apply(fs.promises, args);
      if (ctx?.frozen) return never();
      if (op) after(op, args, result);
      return result;
    };
}

for (const name of ['stat', 'lstat', 'access', 'realpath', 'statfs', 'fstat']) wrap(name, ([file]) => ['stat', file]);
fs.realpathSync.native = (...args) => fs.realpathSync(...args);
fs.realpath.native = (...args) => fs.realpath(...args);
fs.existsSync = (file) => {
  try {
    begin('stat', file);
    return real.existsSync(file);
  } catch {
    return false; // What the real one makes of any error.
  }
};
for (const name of ['readdir', 'opendir']) wrap(name, ([file]) => ['list', file]);
wrap('readlink', ([file]) => ['readlink', file]);
wrap('readFile', ([file]) => ['read', typeof file === 'object' && 'fd' in file ? file.fd : file]);
wrap(
  'unlink',
  ([file]) => ['unlink', file],
  (op) => record(op, { op: 'unlink', path: op.path }),
);
wrap(
  'rmdir',
  ([file]) => ['rmdir', file],
  (op) => record(op, { op: 'rmdir', path: op.path }),
);
wrap(
  'rename',
  ([a, b]) => ['rename', a, b],
  (op) => {
    if (op.ctx.log) record(op, { op: 'rename', path: op.path, to: op.path2, content: contentOf(op.path2) });
  },
);
wrap(
  'link',
  ([a, b]) => ['link', a, b],
  (op) => record(op, { op: 'link', path: op.path, to: op.path2 }),
);
wrap(
  'symlink',
  ([, file]) => ['symlink', file],
  (op, args) => record(op, { op: 'symlink', path: op.path, target: textOf(args[0]) }),
);
for (const name of ['chmod', 'fchmod', 'lchmod'])
  wrap(
    name,
    ([file]) => ['chmod', file],
    (op, [file, mode]) => record(op, { op: 'chmod', path: op.path, id: descriptors.get(file)?.id, mode }),
  );
for (const name of ['utimes', 'futimes', 'lutimes', 'chown', 'fchown', 'lchown'])
  wrap(name, ([file]) => ['utimes', file]);
wrap(
  'truncate',
  ([file]) => ['truncate', file],
  (op, [, length]) => record(op, { op: 'truncate', path: op.path, length: typeof length === 'number' ? length : 0 }),
);
wrap(
  'ftruncate',
  ([fd]) => ['truncate', fd],
  (op, [fd, length]) =>
    record(op, { op: 'truncate', id: descriptors.get(fd)?.id, length: typeof length === 'number' ? length : 0 }),
);
for (const name of ['fsync', 'fdatasync'])
  wrap(
    name,
    ([fd]) => ['fsync', fd],
    (op, [fd]) => record(op, { op: 'fsync', path: op.path, id: descriptors.get(fd)?.id }),
  );
wrap(
  'mkdir',
  ([file]) => ['mkdir', file],
  (op, [, options], first) => {
    if (!op.ctx.log) return;
    if (!(typeof options === 'object' && options?.recursive)) return record(op, { op: 'mkdir', path: op.path });
    if (first === undefined) return; // Everything was there already.
    const made = [op.path];
    while (made[0] !== path.resolve(first)) made.unshift(path.dirname(made[0]));
    for (const folder of made) record(op, { op: 'mkdir', path: folder });
  },
);
wrap(
  'mkdtemp',
  ([prefix]) => ['mkdir', prefix],
  (op, _args, made) => record(op, { op: 'mkdir', path: path.resolve(made) }),
);

const contentOf = (file) => {
  try {
    return quietly(() => real.readFileSync(file));
  } catch {
    return undefined; // A folder, or a link to nowhere.
  }
};

// Opening: flags decide whether it changes anything, and the descriptor is remembered.
const CREATES = constants.O_CREAT | constants.O_TRUNC;
const flagsOf = (flags) => {
  if (typeof flags === 'number') return flags;
  const word = flags ?? 'r';
  if (word.startsWith('r')) return 0;
  return (
    constants.O_CREAT | (word.startsWith('w') ? constants.O_TRUNC : 0) | (word.includes('x') ? constants.O_EXCL : 0)
  );
};
const describeOpen = ([file, flags]) => [
  (typeof flags === 'function' ? 0 : flagsOf(flags)) & CREATES ? 'open-new' : 'open-old',
  file,
];
const remember = (op, [, flags], fd) => {
  const id = ++op.ctx.opens;
  descriptors.set(fd, { path: op.path, id, ctx: op.ctx });
  if (op.kind === 'open-new')
    record(op, {
      op: 'open',
      path: op.path,
      id,
      truncates: (flagsOf(typeof flags === 'function' ? 'r' : flags) & constants.O_TRUNC) !== 0,
      mode: op.ctx.log ? real.fstatSync(fd).mode & 0o7777 : 0,
    });
  else record(op, { op: 'open', path: op.path, id, truncates: false });
};
wrap('open', describeOpen, (op, args, result) => {
  if (typeof result === 'number') remember(op, args, result);
});
const openPromise = realPromises.open;
fs.promises.open = async (...args) => {
  let op;
  try {
    op = begin(...describeOpen(args));
  } catch (error) {
    if (killed(error)) return never();
    throw error;
  }
  const handle = await openPromise.apply(fs.promises, args);
  patchFileHandle(Object.getPrototypeOf(handle));
  if (op) {
    remember(op, args, handle.fd);
    descriptors.get(handle.fd).handle = true; // Node closes it when it is collected: closing it here would close a stranger's.
  }
  return handle;
};
fs.closeSync = (fd) => {
  if (current()?.frozen) return;
  descriptors.delete(fd);
  real.closeSync(fd);
};
fs.close = (fd, done = () => {}) => {
  if (current()?.frozen) return;
  descriptors.delete(fd);
  real.close(fd, done);
};

// Data. Numbers are (buffer, offset, length, position), or an options object, or a string for writes.
const spanOf = (args) => {
  const [, data, a, b, c] = args;
  if (typeof data === 'string') {
    const bytes = Buffer.from(data, typeof b === 'string' ? b : 'utf8');
    return { bytes, offset: 0, length: bytes.length, position: typeof a === 'number' ? a : null };
  }
  if (data && !ArrayBuffer.isView(data)) {
    // read(fd, { buffer, offset, length, position })
    const { buffer = Buffer.alloc(16384), offset = 0, position = null } = data;
    return { bytes: buffer, offset, length: data.length ?? buffer.byteLength - offset, position };
  }
  const bytes = data ?? Buffer.alloc(16384);
  if (typeof a === 'object' && a !== null) {
    const { offset = 0, position = null } = a;
    return { bytes, offset, length: a.length ?? bytes.byteLength - offset, position };
  }
  const offset = typeof a === 'number' ? a : 0;
  return {
    bytes,
    offset,
    length: typeof b === 'number' ? b : bytes.byteLength - offset,
    position: typeof c === 'number' || typeof c === 'bigint' ? Number(c) : null,
  };
};
const sliceOf = ({ bytes, offset }, count) => Buffer.from(Buffer.from(bytes.buffer, bytes.byteOffset + offset, count)); // A copy: the caller reuses its buffer.

function transferSync(name, kind) {
  const original = real[`${name}Sync`];
  fs[`${name}Sync`] = (...args) => {
    try {
      const span = spanOf(args);
      const op = begin(kind, args[0], undefined, span.length);
      if (!op) return original(...args);
      const length = op.torn ? span.length >> 1 : (op.limit ?? span.length);
      const count = original(args[0], span.bytes, span.offset, length, span.position);
      if (kind === 'write') recordWrite(op, args[0], span, count);
      if (op.torn) {
        die(op.ctx);
        throw FROZEN;
      }
      return count;
    } catch (error) {
      rethrow(error);
    }
  };
}
const recordWrite = (op, fd, span, count) => {
  if (op.ctx.log)
    record(op, { op: 'write', id: descriptors.get(fd)?.id, position: span.position, data: sliceOf(span, count) });
};
function transferCallback(name, kind) {
  const original = real[name];
  fs[name] = (...args) => {
    const done = args.at(-1);
    const plain = args.slice(0, -1);
    let op;
    const span = spanOf(plain);
    try {
      op = begin(kind, args[0], undefined, span.length);
    } catch (error) {
      if (!killed(error)) process.nextTick(done, error);
      return;
    }
    if (!op) return original(...args);
    const length = op.torn ? span.length >> 1 : (op.limit ?? span.length);
    original(args[0], span.bytes, span.offset, length, span.position, (error, count) => {
      if (!error && kind === 'write') recordWrite(op, args[0], span, count);
      if (op.torn) die(op.ctx);
      if (!op.ctx.frozen) done(error, count, plain[1]);
    });
  };
}
for (const [name, kind] of [
  ['read', 'read'],
  ['write', 'write'],
]) {
  const custom = real[name][util.promisify.custom];
  transferSync(name, kind);
  transferCallback(name, kind);
  if (custom) Object.defineProperty(fs[name], util.promisify.custom, { value: custom });
  // util.promisify(fs.read) resolves to { bytesRead, buffer }: Node marks that by a private symbol.
  for (const key of Object.getOwnPropertySymbols(real[name]))
    Object.defineProperty(fs[name], key, { value: real[name][key], configurable: true });
}
fs.writevSync = (fd, buffers, position) => fs.writeSync(fd, Buffer.concat(buffers), 0, undefined, position);
fs.writev = (fd, buffers, position, done) =>
  fs.write(fd, Buffer.concat(buffers), 0, undefined, typeof position === 'function' ? null : position, (error, count) =>
    (typeof position === 'function' ? position : done)(error, count, buffers),
  );
wrap('readv', ([fd]) => ['read', fd]);

// Whole-file forms are taken apart, so that a fault can fall between the opening and each write.
const encodingOf = (options) => (typeof options === 'string' ? options : (options?.encoding ?? 'utf8'));
const bufferOf = (data, options) =>
  typeof data === 'string'
    ? Buffer.from(data, encodingOf(options))
    : ArrayBuffer.isView(data)
      ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
      : undefined;
function wholeFile(name, usual) {
  fs[`${name}Sync`] = (file, data, options) => {
    if (!current()) return real[`${name}Sync`](file, data, options);
    const bytes = bufferOf(data, options) ?? Buffer.from(String(data));
    const own = typeof file !== 'number';
    const fd = own ? fs.openSync(file, options?.flag ?? usual, options?.mode ?? 0o666) : file;
    try {
      for (let at = 0; at < bytes.length; ) at += fs.writeSync(fd, bytes, at, bytes.length - at);
      if (options?.flush) fs.fsyncSync(fd);
    } finally {
      if (own) fs.closeSync(fd);
    }
  };
  fs.promises[name] = async (file, data, options) => {
    const bytes = bufferOf(data, options);
    if (!current() || bytes === undefined) return realPromises[name](file, data, options);
    const own = !(typeof file === 'object' && 'fd' in file);
    const handle = own ? await fs.promises.open(file, options?.flag ?? usual, options?.mode ?? 0o666) : file;
    try {
      for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at, bytes.length - at, null)).bytesWritten;
      if (options?.flush) await handle.sync();
    } finally {
      if (own) await handle.close();
    }
  };
  fs[name] = (file, data, ...rest) => {
    const done = rest.at(-1);
    const options = rest.length > 1 ? rest[0] : undefined;
    if (!current()) return real[name](file, data, ...rest);
    try {
      fs[`${name}Sync`](file, data, options);
      process.nextTick(done, null);
    } catch (error) {
      if (error.code !== 'EKILLED') process.nextTick(done, error);
    }
  };
}
wholeFile('writeFile', 'w');
wholeFile('appendFile', 'a');

// Copies: half a copy is a state a kill can leave.
const tornCopy = (op, from, to) => {
  quietly(() => {
    const bytes = real.readFileSync(from);
    real.writeFileSync(to, bytes.subarray(0, bytes.length >> 1));
  });
  die(op.ctx);
};
const copied = (op) => {
  if (!op.ctx.log) return;
  const bytes = contentOf(op.path2);
  record(op, { op: 'copy', path: op.path, to: op.path2, data: bytes, mode: real.statSync(op.path2).mode & 0o7777 });
};
const sizeOf = (file) => real.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
fs.copyFileSync = (from, to, mode) => {
  try {
    const op = current() && begin('copy', from, to, sizeOf(from));
    if (op?.torn) {
      tornCopy(op, from, to);
      throw FROZEN;
    }
    real.copyFileSync(from, to, mode);
    if (op) copied(op);
  } catch (error) {
    rethrow(error);
  }
};
fs.promises.copyFile = async (from, to, mode) => {
  let op;
  try {
    op = current() && begin('copy', from, to, sizeOf(from));
  } catch (error) {
    if (killed(error)) return never();
    throw error;
  }
  if (op?.torn) {
    tornCopy(op, from, to);
    return never();
  }
  await realPromises.copyFile(from, to, mode);
  if (op?.ctx.frozen) return never();
  if (op) copied(op);
};
fs.copyFile = (from, to, ...rest) => {
  fs.promises.copyFile(from, to, rest.length > 1 ? rest[0] : 0).then(() => rest.at(-1)(null), rest.at(-1));
};

// Recursive removal is one call to Node and many operations to the disk.
fs.rmSync = (file, options = {}) => {
  if (!current()) return real.rmSync(file, options);
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  if (!stat) {
    if (options.force) return;
    throw faultError('ENOENT', 'rm', textOf(file));
  }
  if (!stat.isDirectory()) return fs.unlinkSync(file);
  if (!options.recursive) throw faultError('ERR_FS_EISDIR', 'rm', textOf(file));
  for (const name of fs.readdirSync(file)) fs.rmSync(path.join(textOf(file), name), options);
  fs.rmdirSync(file);
};
fs.promises.rm = async (file, options = {}) => {
  if (!current()) return realPromises.rm(file, options);
  let stat;
  try {
    stat = await fs.promises.lstat(file);
  } catch (error) {
    if (error.code === 'ENOENT' && options.force) return;
    throw error;
  }
  if (!stat.isDirectory()) return fs.promises.unlink(file);
  if (!options.recursive) throw faultError('ERR_FS_EISDIR', 'rm', textOf(file));
  for (const name of await fs.promises.readdir(file)) await fs.promises.rm(path.join(textOf(file), name), options);
  await fs.promises.rmdir(file);
};
fs.rm = (file, ...rest) =>
  fs.promises.rm(file, rest.length > 1 ? rest[0] : {}).then(() => rest.at(-1)(null), rest.at(-1));
for (const name of ['cp', 'cpSync']) {
  const original = real[name];
  fs[name] = (...args) => {
    if (current()) throw new Error('the fault layer cannot see into fs.cp: use copyFile');
    return original(...args);
  };
}

/** Promise handles share one hidden class, reached through the first handle that is opened. */
let handlesPatched = false;
function patchFileHandle(prototype) {
  if (handlesPatched) return;
  handlesPatched = true;
  const original = {};
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const value = Object.getOwnPropertyDescriptor(prototype, name).value;
    if (typeof value === 'function') original[name] = value;
  }
  const method = (name, kind, after = () => {}) => {
    prototype[name] = async function (...args) {
      let op;
      try {
        op = begin(kind, this.fd);
      } catch (error) {
        if (killed(error)) return never();
        throw error;
      }
      const result = await original[name].apply(this, args);
      if (op?.ctx.frozen) return never();
      if (op) after(op, args, this.fd);
      return result;
    };
  };
  const idOf = (fd) => descriptors.get(fd)?.id;
  method('stat', 'stat');
  method('readFile', 'read');
  method('readv', 'read');
  method('sync', 'fsync', (op, _args, fd) => record(op, { op: 'fsync', path: op.path, id: idOf(fd) }));
  method('datasync', 'fsync', (op, _args, fd) => record(op, { op: 'fsync', path: op.path, id: idOf(fd) }));
  method('chmod', 'chmod', (op, [mode], fd) => record(op, { op: 'chmod', path: op.path, id: idOf(fd), mode }));
  method('truncate', 'truncate', (op, [length = 0], fd) => record(op, { op: 'truncate', id: idOf(fd), length }));
  method('utimes', 'utimes');
  prototype.close = function () {
    descriptors.delete(this.fd);
    return original.close.call(this);
  };
  const transfer = (name, kind) => {
    prototype[name] = async function (...args) {
      const span = spanOf([this.fd, ...args]);
      let op;
      try {
        op = begin(kind, this.fd, undefined, span.length);
      } catch (error) {
        if (killed(error)) return never();
        throw error;
      }
      if (!op) return original[name].apply(this, args);
      const length = op.torn ? span.length >> 1 : (op.limit ?? span.length);
      const result = await original[name].call(this, span.bytes, span.offset, length, span.position);
      if (kind === 'write') recordWrite(op, this.fd, span, result.bytesWritten);
      if (op.torn) die(op.ctx);
      return op.ctx.frozen ? never() : result;
    };
  };
  transfer('read', 'read');
  transfer('write', 'write');
  prototype.writev = function (buffers, position) {
    return this.write(Buffer.concat(buffers), 0, undefined, position);
  };
  prototype.writeFile = function (data, options) {
    return fs.promises.writeFile(this, data, options);
  };
  prototype.appendFile = prototype.writeFile;
}

// Children: `sync` is a flush the model must know of; any start is a point where a kill can fall.
const flushes = (command) => /^sync(\s|$)/.test(path.basename(String(command)));
const watchChild = (ctx, command, child) => {
  if (!ctx || !child?.once) return child;
  ctx.children.add(child);
  child.once('close', (code) => {
    ctx.children.delete(child);
    if (code === 0 && flushes(command)) record({ ctx }, { op: 'sync' });
  });
  child.once('error', () => ctx.children.delete(child));
  return child;
};
for (const name of ['spawn', 'execFile', 'exec', 'fork']) {
  const original = childProcess[name];
  const custom = original[util.promisify.custom];
  childProcess[name] = (command, ...rest) => {
    try {
      begin('spawn', command);
    } catch (error) {
      rethrow(error);
    }
    return watchChild(current(), command, original(command, ...rest));
  };
  if (custom)
    childProcess[name][util.promisify.custom] = (command, ...rest) => {
      try {
        begin('spawn', command);
      } catch (error) {
        if (killed(error)) return never();
        throw error;
      }
      const promise = custom(command, ...rest);
      watchChild(current(), command, promise.child);
      return promise;
    };
}
for (const name of ['spawnSync', 'execFileSync', 'execSync']) {
  const original = childProcess[name];
  childProcess[name] = (command, ...rest) => {
    try {
      begin('spawn', command);
    } catch (error) {
      rethrow(error);
    }
    const result = original(command, ...rest);
    const ctx = current();
    if (ctx && flushes(command) && (name !== 'spawnSync' || result.status === 0)) record({ ctx }, { op: 'sync' });
    return result;
  };
}

if (processContext?.plan.clock) {
  const { clock } = processContext.plan;
  const RealDate = Date;
  globalThis.Date = class extends RealDate {
    constructor(...args) {
      if (args.length === 0) super(RealDate.now() + clock);
      else super(...args);
    }
    static now() {
      return RealDate.now() + clock;
    }
  };
}
if (processContext?.plan.report && threads.isMainThread)
  process.on('exit', () => {
    const [ops, eligible, fired, written] = processContext.counters;
    real.writeFileSync(processContext.plan.report, JSON.stringify({ ops, eligible, fired, written }));
  });

/** For a trial host: runs `work` under a plan of its own; what it starts later keeps that plan. */
exports.runWith = (plan, hooks, work) => {
  const ctx = makeContext(plan, undefined, hooks);
  return { ctx, result: trials.run(ctx, work) };
};
/** Closes what the trial `ctx` left open, as the end of its process would: locks hang on descriptors. */
exports.closeAll = (ctx) => {
  for (const [fd, opened] of descriptors)
    if (opened.ctx === ctx && !opened.handle) {
      descriptors.delete(fd);
      real.closeSync(fd);
    }
};
/** Calls `work` as a part of the trial `ctx`. */
exports.inside = (ctx, work) => trials.run(ctx, work);
exports.currentTrial = () => trials.getStore();
