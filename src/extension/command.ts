import type { EngineEvent, OpContext, Repo, TransferControl } from '../engine/index.ts';
import type { App } from './app.ts';
import type { Call, RepoCall } from './call.ts';
import type { Engine } from './engine.ts';
import type { RepoModel } from './repo-model.ts';

/** What must be there before a command starts. Only `trusted-repo` may write, run Git or ask a remote. */
export type Needs = 'nothing' | 'trust' | 'repo' | 'trusted-repo';

/** What a verb is handed once it is its turn. Relative paths start from the repository's root. */
export interface Work {
  readonly app: App;
  readonly engine: Engine;
  readonly model: RepoModel;
  readonly repo: Repo;
  readonly ctx: OpContext;
  /** For a transfer: holds it, and says what comes first. */
  readonly control?: TransferControl;
}

export type TransferKind = 'brings' | 'sends';

/** What a command wants done on its repository: queued, with progress. Gives a sentence about the result, or nothing to say. */
export interface Job {
  readonly title: string;
  readonly where: 'notification' | 'window';
  run(work: Work): Promise<string | undefined>;
  /** True where pipelines are followed meanwhile: it tells which stages are at work. */
  readonly followsPipelines?: boolean;
  /** For a push, fetch or pull: whether data comes here or goes away. It can be paused, and shows in the *Remotes* view. */
  readonly transfer?: TransferKind | undefined;
  /** Another way to cancel it, beside its notification. */
  readonly signal?: AbortSignal;
  /** Told what happens meanwhile; gives what is shown in place of the counters. */
  readonly onEvent?: (event: EngineEvent) => JobProgress | undefined;
}

/** How far a job is, where it counts something else than files and bytes. */
export interface JobProgress {
  readonly text: string;
  /** 0 to 1. */
  readonly fraction: number;
}

/** A row of the command table, its types forgotten. */
export type AnyCommand =
  | { readonly needs: 'nothing' | 'trust'; readonly start: (call: Call) => Promise<void> | void }
  | { readonly needs: 'repo' | 'trusted-repo'; readonly start: (call: RepoCall) => Promise<Job | undefined> };

interface VerbSpec<A, R> {
  /** Names the work while it runs: `Pushing data`. */
  readonly title: (args: A) => string;
  /** Where progress is shown: a notification can be cancelled, the window's is for what takes a moment. */
  readonly progress?: 'notification' | 'window';
  readonly transfer?: TransferKind;
  /** Turns the call into options, asking where something is missing; undefined when the user backs out. */
  readonly ask: (call: RepoCall) => Promise<A | undefined> | A | undefined;
  readonly run: (work: Work, args: A) => Promise<R>;
  readonly done?: (result: R, args: A) => string | undefined;
}

/** A command that runs one verb of the engine on a trusted repository. */
export function verb<A, R>(spec: VerbSpec<A, R>): AnyCommand {
  return {
    needs: 'trusted-repo',
    async start(call) {
      const args = await spec.ask(call);
      if (args === undefined) return undefined;
      return {
        title: spec.title(args),
        where: spec.progress ?? 'notification',
        transfer: spec.transfer,
        run: async (work) => {
          const result = await spec.run(work, args);
          return spec.done?.(result, args);
        },
      };
    },
  };
}

/** A command of the editor alone, about a repository. */
export const onRepo = (act: (call: RepoCall) => unknown, needs: 'repo' | 'trusted-repo' = 'repo'): AnyCommand => ({
  needs,
  start: async (call) => {
    await act(call);
    return undefined;
  },
});

/** A command that needs no repository. */
export const anywhere = (act: (call: Call) => unknown, needs: 'nothing' | 'trust' = 'nothing'): AnyCommand => ({
  needs,
  start: async (call) => {
    await act(call);
  },
});
