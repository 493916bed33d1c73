import { Uri } from 'vscode';
import type { PipelineFile, StageAddress, StageView } from '../../engine/index.ts';
import type { RepoModel } from '../repo-model.ts';

interface NodeBase {
  readonly id: string;
  readonly model: RepoModel;
  /** What commands called on the row look for. */
  readonly root: string;
}

/** A repository, where the window has several with pipelines. */
export interface PipelineRepoNode extends NodeBase {
  readonly kind: 'repo';
}

export interface PipelineFileNode extends NodeBase {
  readonly kind: 'file';
  readonly file: PipelineFile;
  readonly addresses: readonly StageAddress[];
  readonly resourceUri: Uri;
}

/** What a `foreach` or a `matrix` has made. */
export interface StageGroupNode extends NodeBase {
  readonly kind: 'group';
  readonly name: string;
  readonly stages: readonly StageView[];
  readonly addresses: readonly StageAddress[];
}

export interface StageNode extends NodeBase {
  readonly kind: 'stage';
  readonly view: StageView;
  readonly address: StageAddress;
}

/** What a stage reads or makes. */
export interface StageItemNode extends NodeBase {
  readonly kind: 'dep' | 'param' | 'out';
  readonly view: StageView;
  /** Its place among those of its kind. */
  readonly index: number;
  /** Of a parameter: its key, undefined for a whole file. */
  readonly key?: string | undefined;
}

export type PipelineNode = PipelineRepoNode | PipelineFileNode | StageGroupNode | StageNode | StageItemNode;

export const pipelineRepoNode = (model: RepoModel): PipelineRepoNode => ({ kind: 'repo', ...base(model) });

export const fileNode = (model: RepoModel, file: PipelineFile): PipelineFileNode => ({
  kind: 'file',
  ...base(model, file.file),
  file,
  addresses: file.stages.map(({ address }) => address),
  resourceUri: Uri.file(model.absolute(file.file)),
});

export const stageNode = (model: RepoModel, view: StageView): StageNode => ({
  kind: 'stage',
  ...base(model, 'stage', view.address),
  view,
  address: view.address,
});

/** The rows of one file: its stages, those of a group below a row of its own. */
export function stageRows(model: RepoModel, { file, stages }: PipelineFile): PipelineNode[] {
  const groups = new Map<string, StageView[]>();
  const rows: PipelineNode[] = [];
  for (const view of stages) {
    const { group } = view.stage;
    if (group === undefined) {
      rows.push(stageNode(model, view));
      continue;
    }
    const members = groups.get(group) ?? [];
    if (members.length === 0) {
      groups.set(group, members);
      rows.push({ kind: 'group', ...base(model, file, group), name: group, stages: members, addresses: [] });
    }
    members.push(view);
  }
  return rows.map((row) =>
    row.kind === 'group' ? { ...row, addresses: row.stages.map(({ address }) => address) } : row,
  );
}

/** What a stage reads and makes, in the order it is written. */
export function itemRows({ model, view }: StageNode): StageItemNode[] {
  const { deps, params, outs } = view.stage;
  const item = (kind: StageItemNode['kind'], index: number, key?: string): StageItemNode => ({
    kind,
    ...base(model, 'stage', view.address, kind, String(index), key ?? ''),
    view,
    index,
    key,
  });
  return [
    ...deps.map((_, i) => item('dep', i)),
    ...params.flatMap(({ keys }, i) =>
      keys === 'all' ? [item('param', i)] : keys.map((key) => item('param', i, key)),
    ),
    ...outs.map((_, i) => item('out', i)),
  ];
}

/** The separator is in no path. */
const base = (model: RepoModel, ...parts: readonly string[]): NodeBase => ({
  id: [model.root, 'pipelines', ...parts].join('\0'),
  model,
  root: model.root,
});
