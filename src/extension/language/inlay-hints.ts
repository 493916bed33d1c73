import { type Event, EventEmitter, InlayHint, type InlayHintsProvider, l10n, Position, workspace } from 'vscode';
import { coalesce } from '../coalesce.ts';
import { Disposables } from '../disposables.ts';
import { setting } from '../settings.ts';
import type { LanguageProjects } from './language-projects.ts';

const LONGEST = 30;
const MOST_VALUES = 3;
const QUIET = { quiet: 200, atMost: 1000 };

/** The values of `${}`, behind each of them. */
export class ValueHints extends Disposables implements InlayHintsProvider {
  readonly #projects: LanguageProjects;
  readonly #changed = this.track(new EventEmitter<void>());
  readonly onDidChangeInlayHints: Event<void> = this.#changed.event;

  constructor(projects: LanguageProjects) {
    super();
    this.#projects = projects;
    const later = coalesce(async () => this.#changed.fire(), QUIET);
    this.track({ dispose: () => later.cancel() });
    // Values come from other files than the one that shows them.
    this.track(
      workspace.onDidChangeTextDocument(({ document }) => {
        if (/\.(?:ya?ml|json|toml|py)$/i.test(document.uri.path)) later();
      }),
    );
    this.track(
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('lode.inlayHints')) this.#changed.fire();
      }),
    );
  }

  provideInlayHints: InlayHintsProvider['provideInlayHints'] = (document, range, token) => {
    if (!setting('inlayHints.enabled', document)) return [];
    return this.#projects.ask(document, token, async ({ engine, project, file }) => {
      const found = await engine.inlayValues(project, file, range);
      return found.map(({ position, values }) => hintOf(new Position(position.line, position.character), values));
    });
  };
}

function hintOf(position: Position, values: readonly string[]): InlayHint {
  const some = values.slice(0, MOST_VALUES).join(', ');
  const more = values.length > MOST_VALUES ? '…' : '';
  const line = some.replace(/\s+/g, ' ');
  const hint = new InlayHint(position, `= ${line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line + more}`);
  hint.paddingLeft = true;
  hint.tooltip = values.length > 1 ? l10n.t('The values of its stages: {0}', values.join(', ')) : (values[0] ?? '');
  return hint;
}
