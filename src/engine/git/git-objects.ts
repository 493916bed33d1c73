import type { Commit, GitId, GitTreeEntry } from './git.ts';

/** A commit object's text: headers up to a blank line, then the message. */
export function parseCommit(id: GitId, content: Buffer): Commit {
  const end = content.indexOf('\n\n');
  const head = content.subarray(0, end < 0 ? content.length : end);
  const encoding = /^encoding (.+)$/m.exec(head.toString('latin1'))?.[1] ?? 'utf-8';
  const headers = decode(head, encoding).split('\n');
  const values = (name: string): string[] =>
    headers.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  const author = /^(.*?) ?<(.*)> -?\d+/.exec(values('author')[0] ?? '');
  const time = /> (-?\d+) [+-]\d+$/.exec(values('committer')[0] ?? '')?.[1];
  return {
    id,
    tree: values('tree')[0] ?? '',
    parents: values('parent'),
    authorName: author?.[1] ?? '',
    authorEmail: author?.[2] ?? '',
    time: Number(time ?? 0),
    message: end < 0 ? '' : decode(content.subarray(end + 2), encoding),
  };
}

function decode(bytes: Buffer, encoding: string): string {
  try {
    return new TextDecoder(encoding).decode(bytes);
  } catch {
    return bytes.toString(); // An encoding nobody knows.
  }
}

const KINDS: Readonly<Record<string, GitTreeEntry['kind']>> = {
  '40000': 'tree',
  '120000': 'symlink',
  '160000': 'submodule',
};

/** A tree object's bytes: `<mode> <name>\0<binary id>`, again and again. */
export function parseTree(content: Buffer, idBytes: number): GitTreeEntry[] {
  const entries: GitTreeEntry[] = [];
  for (let at = 0; at < content.length; ) {
    const [space, nul] = [content.indexOf(0x20, at), content.indexOf(0, at)];
    if (space < 0 || nul < space) break;
    const mode = content.toString('latin1', at, space);
    entries.push({
      name: content.toString('utf8', space + 1, nul),
      id: content.toString('hex', nul + 1, nul + 1 + idBytes),
      kind: KINDS[mode] ?? 'blob',
      executable: mode === '100755',
    });
    at = nul + 1 + idBytes;
  }
  return entries;
}
