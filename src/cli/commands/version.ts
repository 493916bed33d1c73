import type { OpContext } from '../../engine/core/op-context.ts';
import { version } from '../../engine/verbs/version.ts';
import type { CommandSpec } from '../spec.ts';
import { VERSION } from '../version-string.ts';

export const command: CommandSpec = {
  name: 'version',
  help: 'Display the Lode version and system/environment information.',
  examples: ['lode version', 'lode --version        # only the number'],
  arguments: [],
  failureExit: 255,
  async run(_args, io) {
    io.print(versionReport(io.context()));
    return 0;
  },
};

/** DVC's layout: a title, its underline, and a section a line or more. */
export function versionReport(ctx: OpContext): string {
  const title = `Lode version: ${VERSION}`;
  const lines = [title, '-'.repeat(title.length)];
  for (const { name, value } of version(ctx))
    if (typeof value === 'string') lines.push(`${name}: ${value}`);
    else lines.push(`${name}:`, ...value.map((line) => `\t${line}`));
  return lines.join('\n');
}
