import { type LogOutputChannel, window } from 'vscode';
import type { Log } from '../engine/index.ts';

/** User names in URLs stay, what follows the colon does not. The engine masks its own messages; this is the last net. */
const PASSWORD_IN_URL = /\b([a-z][a-z0-9+.-]*:\/\/[^/?#\s:@]*):[^@\s/]*@/gi;

/** The *Lode* output channel: levels, times and the level chosen by the user are VS Code's own. */
export class ExtensionLog implements Log {
  readonly channel: LogOutputChannel = window.createOutputChannel('Lode', { log: true });

  debug(text: string): void {
    this.channel.debug(masked(text));
  }

  info(text: string): void {
    this.channel.info(masked(text));
  }

  warn(text: string): void {
    this.channel.warn(masked(text));
  }

  error(text: string, cause?: unknown): void {
    this.channel.error(masked([text, ...causes(cause)].join('\n  ')));
  }

  show(): void {
    this.channel.show(true);
  }

  dispose(): void {
    this.channel.dispose();
  }
}

const masked = (text: string): string => text.replace(PASSWORD_IN_URL, '$1:***@');

/** The stack of an error and of what caused it, outermost first. */
function causes(cause: unknown): string[] {
  const found: string[] = [];
  for (let at = cause; at !== undefined && found.length < 5; at = at instanceof Error ? at.cause : undefined)
    found.push(at instanceof Error ? (at.stack ?? at.message) : String(at));
  return found;
}
