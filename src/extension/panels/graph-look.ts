import { l10n } from 'vscode';
import type { PipelineFile, StageView } from '../../engine/index.ts';
import type { GraphNode, NodeLook, NodeState, PipelineGraph } from '../../protocol/graph-page.ts';
import { formatBytes, formatFiles } from '../format.ts';
import type { StageRunState } from '../pipelines/run-state.ts';
import { hasFailed } from '../pipelines/stage-look.ts';
import { reasonText } from '../pipelines/stage-text.ts';
import type { OutputView } from '../snapshot.ts';
import { groupOf } from './graph-model.ts';

/** What a run of a stage is at, as far as a graph shows it. */
export type ShownRun = Pick<StageRunState, 'phase' | 'line'>;

export interface LookSources {
  readonly files: readonly PipelineFile[];
  readonly outputs: readonly OutputView[];
  runOf(address: StageView['address']): ShownRun | undefined;
}

/** How every node and group of a graph stands. */
export function looksOf(graph: PipelineGraph, sources: LookSources): NodeLook[] {
  const { outputs, runOf } = sources;
  const views = new Map(sources.files.flatMap(({ stages }) => stages.map((view) => [view.address as string, view])));
  const needs = namesBehind(graph);
  const groups = new Map<string, StageView[]>();
  const looks = graph.nodes.map((node): NodeLook => {
    const view = views.get(node.id);
    if (!view) return dataLook(node, outputs);
    const group = groupOf(view);
    if (group) groups.set(group.id, [...(groups.get(group.id) ?? []), view]);
    return stageLook(view, runOf(view.address), needs.get(node.id) ?? []);
  });
  return [...looks, ...[...groups].map(([id, members]) => groupLook(id, members, runOf))];
}

/** The word for a state: in the legend, in details, and for those who do not see colours. */
export function stateWord(state: NodeState): string {
  switch (state) {
    case 'up-to-date':
      return l10n.t('Up to date');
    case 'stale':
      return l10n.t('Stale');
    case 'awaiting':
      return l10n.t('Needs something stale');
    case 'never-run':
      return l10n.t('Never run');
    case 'restorable':
      return l10n.t('In the run cache');
    case 'frozen':
      return l10n.t('Frozen');
    case 'unknown':
      return l10n.t('Not compared');
    case 'waiting':
      return l10n.t('Waiting');
    case 'running':
      return l10n.t('Running');
    case 'failed':
      return l10n.t('Failed');
    case 'data':
      return l10n.t('Tracked data');
    default:
      return unreachable(state);
  }
}

/** A run on its way hides how its stage stood; a failure stays until the stage is as it should be again. */
export function shownState(view: StageView, run: ShownRun | undefined): NodeState {
  if (run?.phase === 'running' || run?.phase === 'waiting') return run.phase;
  if (run?.phase === 'failed' || hasFailed(view)) return 'failed';
  return view.awaitsUpstream ? 'awaiting' : view.state;
}

function stageLook(view: StageView, run: ShownRun | undefined, needs: readonly string[]): NodeLook {
  const state = shownState(view, run);
  const word = stateWord(state);
  const reasons = reasonsOf(view, state, run);
  const line = state === 'running' ? (run?.line ?? word) : (reasons[0] ?? word);
  const spoken = [word, ...reasons];
  if (needs.length > 0) spoken.push(l10n.t('needs {0}', needs.join(', ')));
  return { id: view.address, state, word, line, reasons, spoken: spoken.join(', ') };
}

function reasonsOf(view: StageView, state: NodeState, run: ShownRun | undefined): string[] {
  const reasons = view.reasons.map(reasonText);
  if (view.failure !== undefined) return [view.failure];
  if (state === 'failed')
    return [run?.line ?? l10n.t('The last run exited with {0}', view.lastRun?.exitCode ?? 1), ...reasons];
  return reasons;
}

function dataLook({ id }: GraphNode, outputs: readonly OutputView[]): NodeLook {
  const word = stateWord('data');
  const [output] = outputs.filter(({ pointer }) => pointer === id);
  const size = [
    ...(output?.files === undefined ? [] : [formatFiles(output.files)]),
    ...(output?.size === undefined ? [] : [formatBytes(output.size)]),
  ].join(', ');
  return { id, state: 'data', word, line: size, reasons: [], spoken: size === '' ? word : `${word}, ${size}` };
}

/** What most needs a look comes first: a group stands as its worst member does. */
const WORST: readonly NodeState[] = [
  'failed',
  'running',
  'waiting',
  'stale',
  'never-run',
  'restorable',
  'awaiting',
  'unknown',
  'frozen',
  'up-to-date',
];

function groupLook(id: string, members: readonly StageView[], runOf: LookSources['runOf']): NodeLook {
  const counts = new Map<NodeState, number>();
  for (const view of members) {
    const state = shownState(view, runOf(view.address));
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  const present = WORST.filter((state) => counts.has(state));
  const state = present[0] ?? 'unknown';
  const parts = present.map((one) => `${counts.get(one)} ${stateWord(one).toLocaleLowerCase()}`);
  const size = members.length === 1 ? l10n.t('1 stage') : l10n.t('{0} stages', members.length);
  const line = present.length === 1 ? `${size} · ${stateWord(state).toLocaleLowerCase()}` : parts.join(' · ');
  const word = stateWord(state);
  return { id, state, word, line, reasons: present.length === 1 ? [] : parts, spoken: `${size}, ${parts.join(', ')}` };
}

/** Names of the nodes each node needs, for those who do not see the edges. */
function namesBehind({ nodes, edges }: PipelineGraph): Map<string, string[]> {
  const names = new Map(nodes.map(({ id, name }) => [id, name]));
  const needs = new Map<string, string[]>();
  for (const { from, to } of edges) needs.set(to, [...(needs.get(to) ?? []), names.get(from) ?? from]);
  return needs;
}

function unreachable(state: never): never {
  throw new Error(`There is no word for ${String(state)}.`);
}
