import { l10n, type RenameProvider, WorkspaceEdit } from 'vscode';
import { type LanguageProjects, toRange } from './language-projects.ts';

/** Gives a stage another name, in dvc.yaml and dvc.lock. A refusal is shown where the name is typed. */
export const renameProvider = (projects: LanguageProjects): RenameProvider => ({
  async prepareRename(document, position) {
    const { engine, project, file } = await projects.locate(document.uri);
    const found = await engine.renamableAt(project, file, position);
    if (!found) throw new Error(l10n.t('Only names of stages can be renamed here.'));
    return { range: toRange(found.range), placeholder: found.name };
  },
  async provideRenameEdits(document, position, newName) {
    const { engine, project, file, files } = await projects.locate(document.uri);
    const found = await engine.renameStage(project, file, position, newName);
    const edit = new WorkspaceEdit();
    for (const [path, changes] of found ?? [])
      for (const { range, newText } of changes) edit.replace(files.uri(path), toRange(range), newText);
    return edit;
  },
});
