import { Uri } from 'vscode';
import type { Work } from './command.ts';
import { gitApi } from './git-extension.ts';
import { setting } from './settings.ts';

interface Touched {
  /** Pointer files, `.gitignore` and configuration: absolute. */
  readonly touched: readonly string[];
}

/** Stages what a verb wrote for Git, so that a commit takes the data's new version along. Passes the result on. */
export async function stageInGit<T extends Touched>({ app, model, repo }: Work, result: T): Promise<T> {
  const { touched } = result;
  if (touched.length === 0 || repo.gitRoot === undefined) return result;
  if (!setting('git.stagePointers', Uri.file(model.root))) return result;
  const repository = (await gitApi())?.getRepository(Uri.file(model.root));
  if (!repository) return result;
  try {
    await repository.add([...touched]);
  } catch (error) {
    app.log.error('Git could not stage the pointer files; the data itself is safe.', error);
  }
  return result;
}
