import { DvcError } from '../../engine/core/errors.ts';
import { dag, drawn } from '../../engine/verbs/dag.ts';
import type { CommandSpec } from '../spec.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'dag',
  help: 'Draw the graph of pipelines.',
  examples: ['lode dag', 'lode dag train        # the stage and what it needs', 'lode dag --md > pipeline.md'],
  arguments: [
    { flags: ['--dot'], action: 'flag', help: 'Print it for Graphviz.' },
    { flags: ['--mermaid'], action: 'flag', help: 'Print it for Mermaid.' },
    { flags: ['--md'], action: 'flag', dest: 'markdown', help: 'Print a Mermaid block for Markdown.' },
    { flags: ['--collapse-foreach-matrix'], action: 'flag', help: 'Show the stages of a foreach or matrix as one.' },
    { flags: ['--full'], action: 'flag', help: 'Show the whole pipeline that the target belongs to.' },
    { flags: ['-o', '--outs'], action: 'flag', help: 'Show outputs instead of stages.' },
    { flags: ['target'], count: '?', help: 'A stage or an output; everything where none is given.', complete: 'file' },
  ],
  failureExit: 255,
  run: (args, io) =>
    withRepo(io, async (repo, ctx) => {
      const [outs, collapse, target] = [args.flag('outs'), args.flag('collapse_foreach_matrix'), args.text('target')];
      if (outs && collapse)
        throw new DvcError('usage', '`--outs` and `--collapse-foreach-matrix` are mutually exclusive', {
          exitCode: 255,
        });
      const options = { outs, collapse, full: args.flag('full'), ...(target === undefined ? {} : { target }) };
      const drawing = await dag(repo, options, ctx);
      const isMermaid = args.flag('mermaid') || args.flag('markdown');
      const text = await drawn(drawing, args.flag('dot') ? 'dot' : isMermaid ? 'mermaid' : 'ascii');
      io.print(args.flag('markdown') && !args.flag('dot') ? `\`\`\`mermaid\n${text}\n\`\`\`` : text);
      return 0;
    }),
};
