import { UsageError } from './args.ts';
import { COMMANDS } from './commands/index.ts';
import type { CommandGroup, CommandLoader } from './spec.ts';

type Table = Readonly<Record<string, CommandLoader>>;

const GLOBAL_HELP = `  -h, --help       Show this help message and exit.
  -q, --quiet      Be quiet.
  -v, --verbose    Be verbose.`;

/** What `lode` and `lode --help` print. */
export async function mainHelp(): Promise<string> {
  return `usage: lode [-h] [-q | -v] [-V] [--cd <path>] [--wait-for-lock] command ...

Data, model and experiment versioning. Reads and writes DVC repositories, needs no Python.

options:
${GLOBAL_HELP}
  -V, --version    Show the program's version.
  --cd <path>      Change to a folder before executing.
  --wait-for-lock  Wait for the lock if another process holds it, instead of failing.

commands:
${await listing(COMMANDS)}

examples:
  lode init
  lode add data/images
  lode remote add -d store /mnt/share/store
  lode push
  lode help add          # all about one command
`;
}

export async function groupHelp(path: string, group: CommandGroup): Promise<string> {
  return `usage: lode ${path} [-h] [-q | -v] command ...

${[group.help, ...(group.description === undefined ? [] : [group.description])].join('\n\n')}

options:
${GLOBAL_HELP}

commands:
${await listing(group.subcommands)}

examples:
${group.examples.map((line) => `  ${line}`).join('\n')}
`;
}

async function listing(table: Table): Promise<string> {
  const rows = await Promise.all(
    Object.entries(table).map(async ([name, load]) => {
      const { command } = await load();
      return { name, command };
    }),
  );
  const own = rows
    .filter(({ name, command }) => command.name === name)
    .map(({ command }) => ({
      title: [command.name, ...(command.aliases ?? [])].join(', '),
      help: command.help,
    }))
    .sort((a, b) => (a.title < b.title ? -1 : 1));
  const width = Math.max(...own.map(({ title }) => title.length));
  return own.map(({ title, help }) => `  ${title.padEnd(width)}  ${help}`).join('\n');
}

/** Says what was typed and what may have been meant. */
export function unknownCommand(name: string, table: Table): UsageError {
  const near = nearest(name, Object.keys(table));
  return new UsageError(`unknown command '${name}'${near === undefined ? '' : `. Did you mean '${near}'?`}`);
}

/** The name with the fewest edits to `typed`, when they are few for its length. */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((name) => ({ name, edits: name.startsWith(typed) ? 1 : editDistance(typed, name) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best && best.edits <= Math.max(1, Math.floor(typed.length / 3)) ? best.name : undefined;
}

/** Insertions, deletions, replacements and swaps of neighbours. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(row[j - 1]! + 1, last[j]! + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, beforeLast[j - 2]! + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
