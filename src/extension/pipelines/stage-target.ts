import { l10n, type QuickPickItem, window } from 'vscode';
import type { PipelineFile, StageAddress, StageView } from '../../engine/index.ts';
import type { RepoCall } from '../call.ts';
import type { RepoModel } from '../repo-model.ts';
import { stageLook } from './stage-look.ts';

/** A stage as commands are handed it: by trees, lenses, graphs, tests. */
export interface StageTarget {
  /** Of the repository: absolute. */
  readonly root: string;
  readonly address: StageAddress;
}

/** The stages of a repository, read if they were not yet. */
export async function stagesOf(model: RepoModel): Promise<readonly StageView[]> {
  return (await pipelinesOf(model)).flatMap(({ stages }) => stages);
}

export async function pipelinesOf(model: RepoModel): Promise<readonly PipelineFile[]> {
  model.askForPipelines();
  await model.settled();
  return model.snapshot.pipelines ?? [];
}

/** What the command was called on: a stage, or all of a group. Undefined from the palette. */
export function addressesOf({ args }: Pick<RepoCall, 'args'>): readonly StageAddress[] | undefined {
  const [item] = args;
  if (typeof item !== 'object' || item === null) return undefined;
  if ('addresses' in item && Array.isArray(item.addresses)) return item.addresses as StageAddress[];
  return 'address' in item && typeof item.address === 'string' ? [item.address as StageAddress] : undefined;
}

/** The stages the command was called on, else those that are picked; undefined when the user backs out. */
export async function chosenStages(call: RepoCall, question: string): Promise<readonly StageAddress[] | undefined> {
  const given = addressesOf(call);
  if (given) return given;
  const stages = await stagesOf(call.model);
  if (stages.length === 0) {
    void window.showInformationMessage(l10n.t('There is no stage in this repository yet.'));
    return undefined;
  }
  const items = stages.map((view): QuickPickItem & { address: StageAddress } => {
    const look = stageLook(view, undefined);
    return { address: view.address, label: `$(${look.icon}) ${view.address}`, description: look.word };
  });
  const picked = await window.showQuickPick(items, {
    canPickMany: true,
    matchOnDescription: true,
    placeHolder: question,
  });
  return picked && picked.length > 0 ? picked.map(({ address }) => address) : undefined;
}

/** As {@link chosenStages}, for one; gives the stage. */
export async function chosenStage(call: RepoCall, question: string): Promise<StageView | undefined> {
  const [address] = addressesOf(call) ?? [];
  const stages = await stagesOf(call.model);
  if (address !== undefined) return stages.find((view) => view.address === address);
  const items = stages.map((view) => ({ label: view.address, description: stageLook(view, undefined).word, view }));
  return (await window.showQuickPick(items, { placeHolder: question }))?.view;
}
