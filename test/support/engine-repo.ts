import { createOpContext, type OpContext } from '../../src/engine/core/op-context.ts';
import { Repo } from '../../src/engine/repo.ts';
import { add } from '../../src/engine/verbs/add.ts';
import { init } from '../../src/engine/verbs/init.ts';
import { makeRepo, type RepoBuilder } from './repo-builder.ts';
import { type Sandbox, useSandbox } from './sandbox.ts';

/** A repository that a test works on through the engine, in its own process. */
export interface EngineRepo extends RepoBuilder {
  readonly ctx: OpContext;
  /** Opens the repository for one call, as a command does. */
  open<T>(work: (repo: Repo, ctx: OpContext) => Promise<T>): Promise<T>;
  add(...targets: string[]): Promise<void>;
}

/** Registers hooks: each test has a sandbox whose environment, Git's and DVC's settings among them, is this process's own. */
export function useEngineSandbox(name: string): () => Sandbox {
  const sandbox = useSandbox(name);
  const before = new Map<string, string | undefined>();
  beforeEach(() => {
    for (const [variable, value] of Object.entries(sandbox().env)) {
      if (variable === 'PATH') continue;
      before.set(variable, process.env[variable]);
      process.env[variable] = value;
    }
  });
  afterEach(() => {
    for (const [variable, value] of before)
      if (value === undefined) delete process.env[variable];
      else process.env[variable] = value;
  });
  return sandbox;
}

/** A Git repository with an initialized DVC repository in it. */
export async function makeEngineRepo(sandbox: Sandbox, name = 'repo'): Promise<EngineRepo> {
  const repo = engineRepo(makeRepo(sandbox, name));
  await init(repo.root, {}, repo.ctx);
  return repo;
}

/** A repository that is there already. */
export function engineRepo(builder: RepoBuilder): EngineRepo {
  const ctx = createOpContext({ cwd: builder.root });
  const open = async <T>(work: (repo: Repo, ctx: OpContext) => Promise<T>): Promise<T> => {
    await using repo = await Repo.open(builder.root, ctx, { durability: 'off' });
    return await work(repo, ctx);
  };
  return {
    ...builder,
    ctx,
    open,
    async add(...targets) {
      await open((repo) => add(repo, { targets }, ctx));
    },
  };
}
