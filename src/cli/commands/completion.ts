import { completionScript, SHELLS } from '../completion.ts';
import type { CommandSpec } from '../spec.ts';

export const command: CommandSpec = {
  name: 'completion',
  help: 'Generate shell tab completion.',
  examples: [
    'eval "$(lode completion -s bash)"                       # in ~/.bashrc',
    'lode completion -s zsh > ~/.zsh/completions/_lode',
    'lode completion -s tcsh > ~/.lode.tcsh && source ~/.lode.tcsh',
  ],
  arguments: [{ flags: ['-s', '--shell'], choices: SHELLS, otherwise: 'bash', help: 'Shell syntax for completions.' }],
  failureExit: 255,
  async run(args, io) {
    const { COMMANDS } = await import('./index.ts'); // It lists this file.
    const shell = SHELLS.find((known) => known === args.text('shell')) ?? 'bash';
    io.printRaw(await completionScript(shell, COMMANDS));
    return 0;
  },
};
