import { commandHelp } from '../args.ts';
import { groupHelp, mainHelp, unknownCommand } from '../help.ts';
import { type CommandSpec, isGroup } from '../spec.ts';

export const command: CommandSpec = {
  name: 'help',
  help: 'Show help for Lode or one of its commands.',
  examples: ['lode help', 'lode help add', 'lode help remote modify'],
  arguments: [{ flags: ['words'], count: '*', metavar: 'command', help: 'The command to explain.', complete: 'none' }],
  failureExit: 255,
  async run(args, io) {
    const { COMMANDS } = await import('./index.ts'); // It lists this file.
    let help = await mainHelp();
    let table = COMMANDS;
    let path = '';
    for (const name of args.list('words')) {
      const load = Object.hasOwn(table, name) ? table[name] : undefined;
      if (!load) {
        io.error(unknownCommand(name, table).message);
        return 254;
      }
      const { command: found } = await load();
      path = `${path} ${name}`.trim();
      help = isGroup(found) ? await groupHelp(path, found) : commandHelp(path, found);
      table = isGroup(found) ? found.subcommands : {};
    }
    io.print(help.trimEnd());
    return 0;
  },
};
