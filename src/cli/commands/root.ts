import { noRepository } from '../../engine/core/errors.ts';
import { fromCwd } from '../../engine/core/paths.ts';
import { findRoot, realPath } from '../../engine/repo-root.ts';
import type { CommandSpec } from '../spec.ts';

export const command: CommandSpec = {
  name: 'root',
  help: 'Return the relative path to the root of the DVC project.',
  examples: ['lode root', 'cd "$(lode root)"'],
  arguments: [],
  failureExit: 255,
  async run(_args, io) {
    const { cwd } = io.context();
    const root = findRoot(cwd);
    if (root === undefined) throw noRepository();
    io.print(fromCwd(realPath(cwd), root));
    return 0;
  },
};
