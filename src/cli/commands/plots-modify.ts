import { plotsModify } from '../../engine/verbs/plots-modify.ts';
import type { CommandSpec } from '../spec.ts';
import { PROPS, propsOf } from './plots-arguments.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'modify',
  help: 'Change how a plot of a stage is drawn.',
  examples: ['lode plots modify loss.csv -x step -y loss', 'lode plots modify loss.csv --unset title'],
  arguments: [
    { flags: ['target'], help: 'An output of a stage, which becomes a plot if it is none.', complete: 'file' },
    ...PROPS,
    { flags: ['--unset'], count: '*', metavar: '<property>', help: 'Take properties away: template, x, y, title, …' },
  ],
  failureExit: 255,
  run: (args, io) =>
    withRepo(io, async (repo, ctx) => {
      const unset = args.list('unset');
      const options = { target: args.required('target'), props: propsOf(args) };
      await plotsModify(repo, unset.length > 0 ? { ...options, unset } : options, ctx);
      return 0;
    }),
};
