import { checkAborted } from '../core/op-context.ts';

/** What a folder of a store holds under a name. */
export interface FolderName {
  readonly name: string;
  readonly isFolder: boolean;
}

/**
 * What lies at keys that begin with `prefix`, in a store that lists folder by folder. Several folders are asked for at once.
 *
 * @param read What is in a folder, named by its key with a slash behind it, or '' for the root; nothing, where it is not there.
 * @param shuffled Folders come in another order each time, so that a walk that is often ended early still comes by everywhere.
 */
export async function* walkFolders<T extends FolderName>(
  prefix: string,
  atOnce: number,
  signal: AbortSignal,
  read: (folder: string) => Promise<readonly T[]>,
  shuffled = false,
): AsyncGenerator<{ readonly key: string; readonly found: T }> {
  const waiting = [prefix.slice(0, prefix.lastIndexOf('/') + 1)];
  const asked: Promise<{ readonly folder: string; readonly names: readonly T[] }>[] = [];
  const ask = async (folder: string) => ({ folder, names: await read(folder) });
  while (waiting.length > 0 || asked.length > 0) {
    if (shuffled) shuffle(waiting);
    for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
      const reading = ask(folder);
      reading.catch(() => {}); // Seen when its turn comes.
      asked.push(reading);
      if (asked.length >= atOnce) break;
    }
    const next = await asked.shift();
    checkAborted(signal);
    for (const found of next?.names ?? []) {
      const key = (next?.folder ?? '') + found.name;
      if (found.isFolder) {
        if (`${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`)) waiting.push(`${key}/`);
      } else if (key.startsWith(prefix)) yield { key, found };
    }
  }
}

function shuffle(names: string[]): void {
  for (let i = names.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [names[i], names[j]] = [names[j] as string, names[i] as string]; // Both are below the length.
  }
}
