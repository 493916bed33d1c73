import { EventEmitter } from 'vscode';
import { Disposables } from './disposables.ts';
import type { RepoModel } from './repo-model.ts';

/** What is known of a remote since it was asked last, in this session. */
export interface RemoteState {
  readonly reached: boolean;
  /** What the remote has of the data recorded in the workspace, and what it lacks. */
  readonly coverage?: RemoteCoverageView;
  /** Why it cannot be reached, in a sentence. */
  readonly problem?: string;
}

export interface RemoteCoverageView {
  readonly there: { readonly files: number; readonly bytes: number };
  readonly notThere: { readonly files: number; readonly bytes: number };
}

/** How the remotes of every repository answered when they were last asked. */
export class RemoteStates extends Disposables {
  readonly #changed = this.track(new EventEmitter<RepoModel>());
  readonly onDidChange = this.#changed.event;
  readonly #states = new WeakMap<RepoModel, Map<string, RemoteState>>();

  of(model: RepoModel, name: string): RemoteState | undefined {
    return this.#states.get(model)?.get(name);
  }

  /** @param state Undefined where it is no longer known. */
  set(model: RepoModel, name: string, state: RemoteState | undefined): void {
    const states = this.#states.get(model) ?? new Map<string, RemoteState>();
    this.#states.set(model, states);
    if (state) states.set(name, state);
    else states.delete(name);
    this.#changed.fire(model);
  }
}
