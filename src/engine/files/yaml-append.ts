import { deref, type ItemComments, type MappingNode, type SequenceNode, type YamlNode } from './yaml-node.ts';

/**
 * Takes what stands below the last line of a block from its last value, which DVC's library lets keep it: the heading of what follows, and
 * blank lines. A comment on the line itself stays.
 *
 * @returns Puts it behind the value that is the last one then; undefined where there is nothing to take.
 */
export function takeBelow(
  block: SequenceNode | MappingNode,
): ((block: SequenceNode | MappingNode) => void) | undefined {
  if (block.flow) return undefined;
  const holder = lastOf(block);
  const after = holder?.read()?.after;
  if (!holder || !after) return undefined;
  const line = after.text.indexOf('\n');
  const [kept, below] = [after.text.slice(0, line), after.text.slice(line)];
  if (below === '\n' && kept !== '') return undefined;
  holder.write({ ...holder.read(), after: kept === '' ? undefined : { text: `${kept}\n`, column: after.column } });
  // Behind a comment the first break ended its line; without one it ends the line of the value.
  const moved = { text: below, column: kept === '' ? after.column : 0 };
  return (now) => {
    const last = lastOf(now);
    last?.write({ ...last.read(), after: moved });
  };
}

interface Holder {
  readonly read: () => ItemComments | undefined;
  readonly write: (comments: ItemComments) => void;
}

/** Where the comments behind the last value of a block are kept; undefined behind an alias. */
function lastOf(block: SequenceNode | MappingNode): Holder | undefined {
  if (block.kind === 'sequence') {
    const item = block.items.at(-1);
    if (!item) return undefined;
    const own = { read: () => item.comments, write: (comments: ItemComments) => void (item.comments = comments) };
    return innermost(item.node, own);
  }
  const pair = block.pairs.at(-1);
  if (!pair) return undefined;
  const own = {
    read: () => pair.comments?.value,
    write: (value: ItemComments) => void (pair.comments = { key: pair.comments?.key ?? {}, value }),
  };
  return innermost(pair.node, own);
}

function innermost(node: YamlNode, own: Holder): Holder | undefined {
  if (node.kind === 'alias') return undefined;
  const target = deref(node);
  return target.kind === 'scalar' || target.flow ? own : lastOf(target);
}
