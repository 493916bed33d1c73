/** A line of the page: a revision whose plots are drawn, in its colour. */
export interface PlotRevision {
  /** `workspace`, a branch, a commit or the name of an experiment. */
  readonly id: string;
  readonly label: string;
  /** What hovering tells: message, author, date. */
  readonly detail: string;
  /** `#rrggbb`, the same as in the table of experiments. */
  readonly color: string;
  /** It writes its data at this moment. */
  readonly isRunning: boolean;
  /** Why it has none, in a sentence. */
  readonly problem: string | undefined;
}

/** What a plot draws. */
export type PlotKind = 'series' | 'vega' | 'images' | 'scatter' | 'parallel' | 'history';

/** A plot of the page, without its data: that is asked for when it comes into sight. */
export interface PlotHeader {
  readonly id: string;
  readonly title: string;
  readonly kind: PlotKind;
  /** Where it is defined: `dvc.yaml`, a stage, or the folder of DVCLive; '' for those of the page itself. */
  readonly place: string;
  /** Changes when something it is drawn from does. */
  readonly version: number;
  /** A custom one, which the user can remove. */
  readonly isCustom: boolean;
}

/** One row of data: what a file says, with the revision and, where several are drawn in one plot, the source. */
export type PlotRow = Readonly<Record<string, unknown>>;

/** The values of one line. `x` and `y` have the same length; what is no number is left out. */
export interface PlotSeries {
  readonly rev: string;
  /** Which of several lines of a revision, '' for the only one. */
  readonly source: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Points there are; more than are in `x` where the line was thinned out for the screen. */
  readonly total: number;
}

export interface SeriesContent {
  readonly kind: 'series';
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly PlotSeries[];
}

/** A Vega-Lite specification of a template, filled but for its data. */
export interface VegaContent {
  readonly kind: 'vega';
  readonly spec: Readonly<Record<string, unknown>>;
  readonly rows: readonly PlotRow[];
}

/** One picture of a revision. */
export interface PlotImage {
  readonly rev: string;
  /** 0 for a plot without steps. */
  readonly step: number;
  /** An address the page may load. */
  readonly src: string;
  /** Where it lies, for opening it; undefined where only the cache has it. */
  readonly path: string | undefined;
}

export interface ImagesContent {
  readonly kind: 'images';
  readonly images: readonly PlotImage[];
}

/** A value of one experiment for each of several columns. */
export interface PlotPoint {
  readonly rev: string;
  readonly label: string;
  readonly color: string;
  readonly values: readonly (number | string | undefined)[];
}

/** Which way a metric gets better, where it is known. */
export type BetterDirection = 'higher' | 'lower' | undefined;

/** A metric against a parameter: two columns. */
export interface ScatterContent {
  readonly kind: 'scatter';
  readonly columns: readonly string[];
  /** Of each column. */
  readonly better: readonly BetterDirection[];
  readonly points: readonly PlotPoint[];
}

/** Parallel coordinates: an axis for each column. */
export interface ParallelContent {
  readonly kind: 'parallel';
  readonly columns: readonly string[];
  /** Of each column. */
  readonly better: readonly BetterDirection[];
  readonly points: readonly PlotPoint[];
}

/** One metric along the commits of a branch, oldest first. */
export interface HistoryContent {
  readonly kind: 'history';
  readonly metric: string;
  readonly better: BetterDirection;
  readonly commits: readonly {
    readonly rev: string;
    readonly label: string;
    /** ISO 8601. */
    readonly date: string;
    readonly value: number | undefined;
    /** The data it was made from is another than that of the commit before. */
    readonly dataChanged: boolean;
  }[];
}

export type PlotContent = (
  | SeriesContent
  | VegaContent
  | ImagesContent
  | ScatterContent
  | ParallelContent
  | HistoryContent
) & {
  /** What could not be read of it, a sentence each; what could is drawn. */
  readonly problems: readonly string[];
};

/** Texts in the display language. */
export interface PlotsWords {
  readonly title: string;
  readonly search: string;
  readonly addPlot: string;
  readonly selectRevisions: string;
  readonly refresh: string;
  readonly report: string;
  readonly revisions: string;
  readonly hide: string;
  readonly templates: string;
  readonly images: string;
  readonly custom: string;
  readonly size: string;
  readonly smoothing: string;
  readonly logX: string;
  readonly logY: string;
  readonly bands: string;
  readonly resetZoom: string;
  readonly enlarge: string;
  readonly close: string;
  readonly more: string;
  readonly remove: string;
  readonly moveUp: string;
  readonly moveDown: string;
  readonly exportAs: string;
  readonly step: string;
  readonly difference: string;
  readonly noImage: string;
  readonly thinned: string;
  readonly loading: string;
  readonly cannotDraw: string;
  readonly mean: string;
  readonly dataChanged: string;
  readonly brush: string;
  readonly collapse: string;
  readonly expand: string;
  readonly drag: string;
  readonly openImage: string;
}

export interface PlotsNotice {
  readonly kind: 'loading' | 'empty' | 'error';
  readonly text: string;
  readonly actions: readonly { readonly label: string; readonly command: PlotsCommand }[];
}

export interface PlotsPage {
  readonly root: string;
  readonly words: PlotsWords;
  readonly revisions: readonly PlotRevision[];
  readonly plots: readonly PlotHeader[];
  /** Files that could not be read at all. */
  readonly warnings: readonly string[];
  readonly notice: PlotsNotice | undefined;
}

/** The commands the page may ask for; the host refuses any other. */
export type PlotsCommand =
  | 'lode.plotsAdd'
  | 'lode.plotsAddCustom'
  | 'lode.plotsSelect'
  | 'lode.plotsReport'
  | 'lode.refresh'
  | 'lode.showLog'
  | 'lode.expRun';

export type ExportFormat = 'svg' | 'png' | 'csv' | 'tsv' | 'json' | 'vega';

export type ToPlots =
  | { readonly type: 'page'; readonly page: PlotsPage }
  | { readonly type: 'content'; readonly plot: string; readonly version: number; readonly content: PlotContent }
  /** Draw these; brushed elsewhere. Undefined for all. */
  | { readonly type: 'highlight'; readonly revs: readonly string[] | undefined };

export type FromPlots =
  | { readonly type: 'ready' }
  /** The plots that are in sight and whose data the page has not got. */
  | { readonly type: 'need'; readonly plots: readonly string[] }
  /** A part of a thinned line in full: `from` and `to` are values of x. */
  | { readonly type: 'range'; readonly plot: string; readonly from: number; readonly to: number }
  | { readonly type: 'command'; readonly command: PlotsCommand }
  | { readonly type: 'toggle'; readonly rev: string }
  | { readonly type: 'remove'; readonly plot: string }
  | { readonly type: 'open'; readonly path: string }
  /** Experiments chosen by brushing; undefined when the brush is gone. */
  | { readonly type: 'brushed'; readonly revs: readonly string[] | undefined }
  /** `data` is text, or base64 of a PNG. */
  | { readonly type: 'save'; readonly name: string; readonly format: ExportFormat; readonly data: string };
