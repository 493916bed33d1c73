import { type ArrowKey, isArrowKey } from './navigate.ts';

/** What a key asks for. */
export type GraphAction =
  | { readonly do: 'go'; readonly key: ArrowKey }
  | { readonly do: 'zoom'; readonly closer: boolean }
  | { readonly do: 'first' | 'last' | 'open' | 'run' | 'toggle' | 'fit' | 'focus' | 'search' | 'leave' };

/** What a key stands for while the graph has the focus; undefined for keys that are the editor's. */
export function actionOf(
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>,
): GraphAction | undefined {
  const { key, altKey } = event;
  const isCommand = event.ctrlKey || event.metaKey;
  if (altKey) return undefined;
  if (isCommand) return key === 'f' ? { do: 'search' } : key === 'Enter' ? { do: 'run' } : undefined;
  if (isArrowKey(key)) return { do: 'go', key };
  switch (key) {
    case 'Home':
      return { do: 'first' };
    case 'End':
      return { do: 'last' };
    case 'Enter':
      return { do: 'open' };
    case ' ':
      return { do: 'toggle' };
    case '+':
    case '=':
      return { do: 'zoom', closer: true };
    case '-':
      return { do: 'zoom', closer: false };
    case '0':
      return { do: 'fit' };
    case 'f':
      return { do: 'focus' };
    case '/':
      return { do: 'search' };
    case 'Escape':
      return { do: 'leave' };
    default:
      return undefined;
  }
}

/** Search works from everywhere on the page; the other keys are for the graph and leave texts and buttons alone. */
export function listenToKeys(page: HTMLElement, graph: HTMLElement, act: (action: GraphAction) => void): void {
  const listen = (place: HTMLElement, takes: (action: GraphAction) => boolean): void => {
    place.addEventListener('keydown', (event) => {
      const action = event.defaultPrevented ? undefined : actionOf(event);
      if (!action || !takes(action)) return;
      event.preventDefault();
      act(action);
    });
  };
  listen(graph, () => true);
  listen(page, (action) => action.do === 'search' && !(document.activeElement instanceof HTMLInputElement));
}
