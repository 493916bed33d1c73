import { commands, type DataTransfer, DataTransferItem, type TreeDragAndDropController, Uri } from 'vscode';
import type { TrackedNode } from './tracked-nodes.ts';

const URI_LIST = 'text/uri-list';

/** Files dropped on the tree are added: into the tracked folder they are dropped on, else where they are. */
export class TrackedDrop implements TreeDragAndDropController<TrackedNode> {
  readonly dropMimeTypes = [URI_LIST];
  readonly dragMimeTypes = [URI_LIST];

  /** Rows can be dragged into an editor or a terminal, as from the explorer. */
  handleDrag(nodes: readonly TrackedNode[], data: DataTransfer): void {
    const uris = nodes.flatMap((node) =>
      node.kind === 'entry' && node.entry.onDisk ? [node.resourceUri.toString()] : [],
    );
    if (uris.length > 0) data.set(URI_LIST, new DataTransferItem(uris.join('\r\n')));
  }

  async handleDrop(target: TrackedNode | undefined, data: DataTransfer): Promise<void> {
    const text = (await data.get(URI_LIST)?.asString()) ?? '';
    const dropped = text
      .split(/\r?\n/)
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => Uri.parse(line));
    if (dropped.length === 0) return;
    const folder = target?.kind === 'entry' && target.entry.kind === 'directory' ? target : undefined;
    if (folder) await commands.executeCommand('lode.addInto', folder, dropped);
    else await commands.executeCommand('lode.add', dropped[0], dropped);
  }
}
