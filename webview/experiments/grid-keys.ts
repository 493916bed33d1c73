/** What a key asks of the table. */
export type GridAction =
  | { readonly do: 'go'; readonly rows: number; readonly columns: number; readonly extends: boolean }
  /** To an end of the row, or with `all` of the table. */
  | { readonly do: 'end'; readonly to: 'start' | 'end'; readonly all: boolean; readonly extends: boolean }
  | { readonly do: 'page'; readonly by: 1 | -1; readonly extends: boolean }
  | { readonly do: 'resize'; readonly by: number }
  | { readonly do: 'move'; readonly by: 1 | -1 }
  | { readonly do: 'press'; readonly adds: boolean }
  | {
      readonly do:
        | 'edit'
        | 'toggle'
        | 'selectRange'
        | 'selectAll'
        | 'clear'
        | 'copy'
        | 'menu'
        | 'star'
        | 'remove'
        | 'run'
        | 'queue'
        | 'compare'
        | 'search';
    };

const ARROWS: Readonly<Record<string, readonly [rows: number, columns: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

type Keys = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

/** What a key stands for while a cell has the focus; undefined for keys that are the editor's. @param isHeader On a column's header. */
export function actionOf(event: Keys, isHeader: boolean): GridAction | undefined {
  const { key, altKey, shiftKey } = event;
  const isCommand = event.ctrlKey || event.metaKey;
  const arrow = ARROWS[key];
  if (isHeader && arrow && arrow[1] !== 0 && (altKey || shiftKey))
    return altKey ? { do: 'move', by: arrow[1] > 0 ? 1 : -1 } : { do: 'resize', by: arrow[1] * 16 };
  if (altKey) return key === 'ArrowDown' ? { do: 'menu' } : undefined;
  if (isCommand) return commandOf(key, shiftKey);
  if (arrow) return { do: 'go', rows: arrow[0], columns: arrow[1], extends: shiftKey && arrow[0] !== 0 };
  switch (key) {
    case 'Home':
    case 'End':
      return { do: 'end', to: key === 'Home' ? 'start' : 'end', all: false, extends: false };
    case 'PageUp':
    case 'PageDown':
      return { do: 'page', by: key === 'PageUp' ? -1 : 1, extends: shiftKey };
    case 'Enter':
      return { do: 'press', adds: shiftKey };
    case ' ':
      return shiftKey ? { do: 'selectRange' } : isHeader ? { do: 'press', adds: false } : { do: 'toggle' };
    case 'F2':
      return { do: 'edit' };
    case 'F10':
      return shiftKey ? { do: 'menu' } : undefined;
    case 'ContextMenu':
      return { do: 'menu' };
    case 'Escape':
      return { do: 'clear' };
    case 'Delete':
      return { do: 'remove' };
    case 's':
    case 'S':
      return { do: 'star' };
    case '/':
      return { do: 'search' };
    default:
      return undefined;
  }
}

function commandOf(key: string, shiftKey: boolean): GridAction | undefined {
  switch (key) {
    case 'a':
      return { do: 'selectAll' };
    case 'c':
      return { do: 'copy' };
    case 'f':
      return { do: 'search' };
    case 'Enter':
      return { do: shiftKey ? 'queue' : 'run' };
    case 'd':
      return { do: 'compare' };
    case 'Home':
    case 'End':
      return { do: 'end', to: key === 'Home' ? 'start' : 'end', all: true, extends: shiftKey };
    default:
      return undefined;
  }
}
