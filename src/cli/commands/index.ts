import type { CommandLoader } from '../spec.ts';

/**
 * Every verb by the name it is typed with, aliases too.
 *
 * How to add one: write `commands/<verb>.ts`, which exports `command: CommandSpec` (see `root.ts` for a small one,
 * `config.ts` for arguments, `remote.ts` for a group), and add a row here. A command parses nothing: it reads its
 * `ParsedArgs`, calls one verb of the engine with `io.context()`, prints what the verb returned, and gives the exit
 * status. It throws `DvcError`s through: `main.ts` prints them and picks the status.
 *
 * Rows load lazily, so a static import in a command costs only its own verb: import from the engine's own files there,
 * and put what is heavy and not always needed behind a dynamic import.
 */
export const COMMANDS: Readonly<Record<string, CommandLoader>> = {
  'git-hook': () => import('./git-hook.ts'),
  push: () => import('./push.ts'),
  pull: () => import('./pull.ts'),
  fetch: () => import('./fetch.ts'),
  commit: () => import('./commit.ts'),
  add: () => import('./add.ts'),
  cache: () => import('./cache.ts'),
  'check-ignore': () => import('./check-ignore.ts'),
  checkout: () => import('./checkout.ts'),
  completion: () => import('./completion.ts'),
  config: () => import('./config.ts'),
  data: () => import('./data.ts'),
  diff: () => import('./diff.ts'),
  exp: () => import('./exp.ts'),
  experiments: () => import('./exp.ts'),
  doctor: () => import('./doctor.ts'),
  du: () => import('./du.ts'),
  remove: () => import('./remove.ts'),
  rm: () => import('./remove.ts'),
  move: () => import('./move.ts'),
  mv: () => import('./move.ts'),
  unprotect: () => import('./unprotect.ts'),
  gc: () => import('./gc.ts'),
  destroy: () => import('./destroy.ts'),
  help: () => import('./help.ts'),
  get: () => import('./get.ts'),
  artifacts: () => import('./artifacts.ts'),
  'list-url': () => import('./list-url.ts'),
  'ls-url': () => import('./list-url.ts'),
  'get-url': () => import('./get-url.ts'),
  import: () => import('./import.ts'),
  'import-url': () => import('./import-url.ts'),
  update: () => import('./update.ts'),
  init: () => import('./init.ts'),
  install: () => import('./install.ts'),
  list: () => import('./ls.ts'),
  ls: () => import('./ls.ts'),
  queue: () => import('./queue.ts'),
  remote: () => import('./remote.ts'),
  dag: () => import('./dag.ts'),
  lock: () => import('./lock.ts'),
  metrics: () => import('./metrics.ts'),
  plots: () => import('./plots.ts'),
  params: () => import('./params.ts'),
  repro: () => import('./repro.ts'),
  run: () => import('./run.ts'),
  stage: () => import('./stage.ts'),
  freeze: () => import('./freeze.ts'),
  unfreeze: () => import('./unfreeze.ts'),
  root: () => import('./root.ts'),
  status: () => import('./status.ts'),
  version: () => import('./version.ts'),
};
