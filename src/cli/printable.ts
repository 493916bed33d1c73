/** Line ends and tabs stay; so do the colours of `style.ts`, and no other escape sequence. */
const CONTROL =
  /\x1b\[(?:0|1|2|22|3[1-6]|39)m|[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text that cannot drive a terminal: control characters and those that turn the writing direction are dropped.
 *
 * File names and messages of remotes may hold anything, and reach the screen only through this.
 */
export const printable = (text: string): string => text.replace(CONTROL, (found) => (found.length > 1 ? found : ''));
