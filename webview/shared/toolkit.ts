// The one importer of the UI toolkit, which is archived upstream: whatever takes its place is put in here.
import { provideVSCodeDesignSystem, vsCodeButton, vsCodeDivider } from '@vscode/webview-ui-toolkit';

/** Defines the elements `vscode-button` and `vscode-divider`. Call once, before the first of them is made. */
export function defineElements(): void {
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeDivider());
}

/** A button in the look of the editor. */
export function button(label: string, appearance: 'primary' | 'secondary', onPress: () => void): HTMLElement {
  const made = document.createElement('vscode-button');
  made.setAttribute('appearance', appearance);
  made.textContent = label;
  made.addEventListener('click', onPress);
  return made;
}

export const divider = (): HTMLElement => document.createElement('vscode-divider');
