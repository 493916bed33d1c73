import { CodeActionKind, languages } from 'vscode';
import { Disposables } from '../disposables.ts';
import type { ExtensionLog } from '../log.ts';
import type { Repositories } from '../repositories.ts';
import { codeActionProvider } from './code-actions.ts';
import { COMPLETION_TRIGGERS, completionProvider } from './completion.ts';
import { hoverProvider } from './hovers.ts';
import { ValueHints } from './inlay-hints.ts';
import { DVC_FILES, LanguageProjects, LOCK_FILES, PIPELINE_FILES } from './language-projects.ts';
import { definitionProvider, linkProvider, paramReferenceProvider, referenceProvider } from './navigation.ts';
import { renameProvider } from './renaming.ts';
import { foldingProvider, formattingProvider, selectionProvider, symbolProvider } from './structure.ts';

/** Files that can hold parameters. */
const PARAMS_FILES = [{ scheme: 'file', pattern: '**/*.{yaml,yml,json,toml,py}' }];

/** What an editor offers in dvc.yaml, dvc.lock and pointer files. Each part works out its answer when it is asked. */
export class LanguageFeatures extends Disposables {
  constructor(repositories: Repositories, log: ExtensionLog) {
    super();
    const projects = new LanguageProjects(repositories, log);
    const hints = this.track(new ValueHints(projects));
    const stages = [...PIPELINE_FILES, ...LOCK_FILES];
    for (const registered of [
      languages.registerCompletionItemProvider(DVC_FILES, completionProvider(projects), ...COMPLETION_TRIGGERS),
      languages.registerHoverProvider(DVC_FILES, hoverProvider(projects)),
      languages.registerDefinitionProvider(DVC_FILES, definitionProvider(projects)),
      languages.registerReferenceProvider(DVC_FILES, referenceProvider(projects)),
      languages.registerReferenceProvider(PARAMS_FILES, paramReferenceProvider(projects)),
      languages.registerRenameProvider(stages, renameProvider(projects)),
      languages.registerDocumentLinkProvider(DVC_FILES, linkProvider(projects)),
      languages.registerDocumentSymbolProvider(DVC_FILES, symbolProvider(projects), { label: 'Lode' }),
      languages.registerFoldingRangeProvider(DVC_FILES, foldingProvider(projects)),
      languages.registerSelectionRangeProvider(DVC_FILES, selectionProvider(projects)),
      languages.registerDocumentFormattingEditProvider(PIPELINE_FILES, formattingProvider(projects)),
      languages.registerInlayHintsProvider(PIPELINE_FILES, hints),
      languages.registerCodeActionsProvider(DVC_FILES, codeActionProvider(projects), {
        providedCodeActionKinds: [CodeActionKind.QuickFix],
      }),
    ])
      this.track(registered);
  }
}
