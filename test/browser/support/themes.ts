/** The themes pictures are taken in, by the folder they go to: what the picker calls them, and the class the workbench then has. */
export const THEMES = {
  dark: { name: 'Dark Modern', kind: 'vs-dark' },
  light: { name: 'Light Modern', kind: 'vs' },
  'high-contrast': { name: 'Dark High Contrast', kind: 'hc-black' },
  'high-contrast-light': { name: 'Light High Contrast', kind: 'hc-light' },
} as const;

export type Theme = keyof typeof THEMES;
