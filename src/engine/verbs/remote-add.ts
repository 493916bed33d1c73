import { configError } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { draftRemote, editConfig } from '../files/config-edit.ts';
import type { ConfigLevel } from '../files/config-levels.ts';
import type { ConfigTarget } from './config.ts';

export interface RemoteAddOptions {
  readonly name: string;
  /** A URL, or a path relative to the context's folder. */
  readonly url: string;
  readonly asDefault?: boolean;
  /** Replace a remote of this name, with all of its options. */
  readonly force?: boolean;
  readonly level?: ConfigLevel;
}

/** Adds a remote; names are kept in lower case. @throws `config` for a name that is taken, or a URL DVC does not know */
export function remoteAdd(target: ConfigTarget, options: RemoteAddOptions, ctx: OpContext): void {
  const name = options.name.toLowerCase();
  editConfig({ root: target.root, cwd: ctx.cwd }, options.level ?? 'repo', (draft) => {
    const existing = draftRemote(draft, name);
    if (existing && !options.force)
      throw configError(`remote '${name}' already exists. Use \`-f|--force\` to overwrite it.`);
    existing?.clear();
    draft.set(['remote', name], 'url', options.url);
    if (options.asDefault) draft.set(['core'], 'remote', name);
  });
}
