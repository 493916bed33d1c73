/**
 * How a node stands: its stage at rest (as the engine says; `awaiting`: only something it needs is not up to date), a run of it on its way,
 * or data that no stage makes.
 */
export type NodeState =
  | 'up-to-date'
  | 'stale'
  | 'awaiting'
  | 'never-run'
  | 'restorable'
  | 'frozen'
  | 'unknown'
  | 'waiting'
  | 'running'
  | 'failed'
  | 'data';

/** A stage, or tracked data that stages read. What it is, and never how it stands: that is its {@link NodeLook}. */
export interface GraphNode {
  /** The stage's address, of data its pointer file. */
  readonly id: string;
  readonly kind: 'stage' | 'data';
  readonly name: string;
  /** The folder of its file, '' at the root. */
  readonly place: string;
  /** Id of the group it is a member of. */
  readonly group: string | undefined;
}

/** The members of one `foreach` or `matrix`. */
export interface GraphGroup {
  readonly id: string;
  readonly name: string;
  readonly place: string;
}

/** From what makes files to what reads them. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly files: readonly string[];
  /** All files together in bytes, where it is recorded of each. */
  readonly size: number | undefined;
}

/** All that a layout depends on: as long as it is the same, nothing moves. */
export interface PipelineGraph {
  readonly nodes: readonly GraphNode[];
  readonly groups: readonly GraphGroup[];
  readonly edges: readonly GraphEdge[];
}

/** How a node or a group stands now, in words of the display language. */
export interface NodeLook {
  readonly id: string;
  readonly state: NodeState;
  readonly word: string;
  /** Under the name: the first reason, the last line of a run, a size. */
  readonly line: string;
  readonly reasons: readonly string[];
  /** What a screen reader says of it after its name. */
  readonly spoken: string;
}

/** The commands a graph may ask for; the host refuses any other. */
export type GraphCommand =
  | 'lode.reproAll'
  | 'lode.reproStage'
  | 'lode.reproUpstream'
  | 'lode.reproDownstream'
  | 'lode.reproForce'
  | 'lode.debugStage'
  | 'lode.freeze'
  | 'lode.unfreeze'
  | 'lode.openStage'
  | 'lode.openStageLog'
  | 'lode.openPointer'
  | 'lode.newStage'
  | 'lode.refresh'
  | 'lode.showLog';

export interface GraphButton {
  readonly label: string;
  readonly command: GraphCommand;
}

/** One file or parameter of a stage, as its details list it. */
export interface DetailRow {
  readonly text: string;
  /** A size, a value, a kind of output. */
  readonly note: string;
  /** True where a click opens it. */
  readonly opens: boolean;
}

/** What is shown beside the graph of the selected node. */
export interface NodeDetails {
  readonly id: string;
  readonly title: string;
  readonly subtitle: string;
  readonly command: string | undefined;
  readonly sections: readonly { readonly title: string; readonly rows: readonly DetailRow[] }[];
  readonly buttons: readonly GraphButton[];
}

/** Texts of the page itself. `{0}` and `{1}` are filled in by the page. */
export interface GraphWords {
  readonly graph: string;
  readonly search: string;
  readonly found: string;
  readonly notFound: string;
  readonly run: string;
  readonly expandAll: string;
  readonly collapseAll: string;
  readonly expand: string;
  readonly collapse: string;
  readonly focus: string;
  readonly unfocus: string;
  readonly direction: string;
  readonly legend: string;
  readonly zoomIn: string;
  readonly zoomOut: string;
  readonly fit: string;
  readonly close: string;
  readonly details: string;
  readonly tools: string;
  readonly keys: readonly (readonly [keys: string, meaning: string])[];
  readonly layingOut: string;
  readonly failed: string;
}

/** Text in place of a graph: nothing to draw yet, or something that stands in the way. */
export interface GraphNotice {
  readonly kind: 'loading' | 'empty' | 'error';
  readonly title: string;
  readonly text: string;
  readonly buttons: readonly GraphButton[];
}

/** All that a graph's page shows. */
export interface GraphPage {
  readonly root: string;
  readonly words: GraphWords;
  readonly legend: readonly { readonly state: NodeState; readonly word: string }[];
  readonly graph: PipelineGraph;
  readonly looks: readonly NodeLook[];
  /** Instead of the graph. */
  readonly notice: GraphNotice | undefined;
  /** Above the graph: files that could not be read whole. */
  readonly warnings: readonly string[];
  /** False in Restricted Mode: then nothing can be run. */
  readonly trusted: boolean;
}

export type ToGraph =
  | { readonly type: 'page'; readonly page: GraphPage }
  /** Nodes that stand differently now: they are recoloured where they are. */
  | { readonly type: 'looks'; readonly looks: readonly NodeLook[] }
  | { readonly type: 'details'; readonly details: NodeDetails }
  | { readonly type: 'reveal'; readonly node: string };

export type FromGraph =
  | { readonly type: 'ready' }
  | { readonly type: 'select'; readonly node: string }
  | { readonly type: 'run'; readonly command: GraphCommand; readonly node: string | undefined }
  /** Opens a row of the details: its section and its place in it. */
  | { readonly type: 'open'; readonly node: string; readonly section: number; readonly row: number };
