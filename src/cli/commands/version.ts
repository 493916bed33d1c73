import { version } from '../../engine/verbs/version.ts';
import type { CommandSpec } from '../spec.ts';
import { VERSION } from '../version-string.ts';

export const command: CommandSpec = {
  name: 'version',
  aliases: ['doctor'],
  help: 'Display the Lode version and system/environment information.',
  examples: ['lode version', 'lode --version        # only the number'],
  arguments: [],
  failureExit: 255,
  async run(_args, io) {
    const report = version(io.context());
    const title = `Lode version: ${VERSION}`;
    const lines = [title, '-'.repeat(title.length)];
    for (const { name, value } of report)
      if (typeof value === 'string') lines.push(`${name}: ${value}`);
      else lines.push(`${name}:`, ...value.map((line) => `\t${line}`));
    io.print(lines.join('\n'));
    return 0;
  },
};
