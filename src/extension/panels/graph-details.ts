import { l10n } from 'vscode';
import type { PipelineFile, PipelineStage, StageView } from '../../engine/index.ts';
import type { DetailRow, GraphButton, NodeDetails } from '../../protocol/graph-page.ts';
import { formatBytes, formatFiles, formatSeconds } from '../format.ts';
import type { OutputView } from '../snapshot.ts';
import { type ShownRun, shownState } from './graph-look.ts';
import { groupOf } from './graph-model.ts';

/** Details with the place each of their rows opens: a path below the root, with a dotted key where it is a parameter. */
export interface DetailsWithTargets extends NodeDetails {
  readonly targets: readonly (readonly (DetailTarget | undefined)[])[];
}

export interface DetailTarget {
  readonly path: string;
  /** A stage instead of a file. */
  readonly stage?: string;
}

interface Section {
  readonly title: string;
  readonly rows: readonly (readonly [row: Omit<DetailRow, 'opens'>, target: DetailTarget | undefined])[];
}

export interface DetailSources {
  readonly files: readonly PipelineFile[];
  readonly outputs: readonly OutputView[];
  readonly trusted: boolean;
  runOf(address: StageView['address']): ShownRun | undefined;
}

/** What the page shows beside the graph of one node; undefined where there is none of that name any more. */
export function detailsOf(id: string, sources: DetailSources): DetailsWithTargets | undefined {
  const views = sources.files.flatMap(({ stages }) => stages);
  const view = views.find(({ address }) => address === id);
  if (view) return stageDetails(view, sources);
  const members = views.filter((one) => groupOf(one)?.id === id);
  if (members.length > 0) return groupDetails(id, members, sources);
  const outputs = sources.outputs.filter(({ pointer }) => pointer === id);
  return id.endsWith('.dvc') ? dataDetails(id, outputs) : undefined;
}

function stageDetails(view: StageView, sources: DetailSources): DetailsWithTargets {
  const { stage, address, file } = view;
  const state = shownState(view, sources.runOf(address));
  const { lastRun } = view;
  return details(
    {
      id: address,
      title: stage.name,
      subtitle: [
        file,
        ...(lastRun?.seconds === undefined ? [] : [l10n.t('last run took {0}', formatSeconds(lastRun.seconds))]),
      ].join(' · '),
      command: typeof stage.cmd === 'string' ? stage.cmd : stage.cmd.join('\n'),
      buttons: [
        ...(sources.trusted && state !== 'running' && state !== 'waiting' ? runButtons(view) : []),
        button(l10n.t('Open Code'), 'lode.openStage'),
        ...(lastRun ? [button(l10n.t('Open Log'), 'lode.openStageLog')] : []),
      ],
    },
    [depsSection(stage), paramsSection(stage), outsSection(stage)],
  );
}

function runButtons({ state, stage, awaitsUpstream }: StageView): GraphButton[] {
  const isDone = !awaitsUpstream && (state === 'up-to-date' || state === 'frozen');
  return [
    isDone ? button(l10n.t('Run Again'), 'lode.reproForce') : button(l10n.t('Run'), 'lode.reproUpstream'),
    ...(isDone ? [] : [button(l10n.t('Run Alone'), 'lode.reproStage')]),
    button(l10n.t('Run Downstream'), 'lode.reproDownstream'),
    button(l10n.t('Debug'), 'lode.debugStage'),
    stage.frozen ? button(l10n.t('Unfreeze'), 'lode.unfreeze') : button(l10n.t('Freeze'), 'lode.freeze'),
  ];
}

function depsSection({ deps }: PipelineStage): Section {
  return {
    title: l10n.t('Dependencies'),
    rows: deps.map(({ place, defPath, meta }) => [
      { text: defPath, note: sizeText(meta.size, meta.nfiles) },
      place.kind === 'repo' ? { path: place.path } : undefined,
    ]),
  };
}

function paramsSection({ params }: PipelineStage): Section {
  return {
    title: l10n.t('Parameters'),
    rows: params.map(({ file, defPath, keys }) => [
      { text: defPath, note: keys === 'all' ? l10n.t('all') : keys.join(', ') },
      file.kind === 'repo' ? { path: file.path } : undefined,
    ]),
  };
}

function outsSection({ outs }: PipelineStage): Section {
  const kinds = { out: '', metric: l10n.t('metric'), plot: l10n.t('plot') };
  return {
    title: l10n.t('Outputs'),
    rows: outs.map(({ place, defPath, meta, kind }) => [
      {
        text: defPath,
        note: [kinds[kind], sizeText(meta.size, meta.nfiles)].filter((text) => text !== '').join(' · '),
      },
      place.kind === 'repo' ? { path: place.path } : undefined,
    ]),
  };
}

function groupDetails(id: string, members: readonly StageView[], { trusted }: DetailSources): DetailsWithTargets {
  const [first] = members;
  return details(
    {
      id,
      title: first?.stage.group ?? id,
      subtitle: first?.file ?? '',
      command: undefined,
      buttons: [
        ...(trusted ? [button(l10n.t('Run All'), 'lode.reproUpstream')] : []),
        button(l10n.t('Open Code'), 'lode.openStage'),
      ],
    },
    [
      {
        title: l10n.t('Stages'),
        rows: members.map(({ stage, address, file }) => [
          { text: stage.name, note: '' },
          { path: file, stage: address },
        ]),
      },
    ],
  );
}

function dataDetails(id: string, outputs: readonly OutputView[]): DetailsWithTargets {
  return details(
    {
      id,
      title: id.slice(id.lastIndexOf('/') + 1).replace(/\.dvc$/, ''),
      subtitle: id,
      command: undefined,
      buttons: [button(l10n.t('Open Pointer'), 'lode.openPointer')],
    },
    [
      {
        title: l10n.t('Data'),
        rows: outputs.map(({ path, size, files }) => [{ text: path, note: sizeText(size, files) }, { path }]),
      },
    ],
  );
}

function details(head: Omit<NodeDetails, 'sections'>, sections: readonly Section[]): DetailsWithTargets {
  const present = sections.filter(({ rows }) => rows.length > 0);
  return {
    ...head,
    sections: present.map(({ title, rows }) => ({
      title,
      rows: rows.map(([row, target]) => ({ ...row, opens: target !== undefined })),
    })),
    targets: present.map(({ rows }) => rows.map(([, target]) => target)),
  };
}

const button = (label: string, command: GraphButton['command']): GraphButton => ({ label, command });

const sizeText = (bytes: number | undefined, files: number | undefined): string =>
  [...(files === undefined ? [] : [formatFiles(files)]), ...(bytes === undefined ? [] : [formatBytes(bytes)])].join(
    ', ',
  );
