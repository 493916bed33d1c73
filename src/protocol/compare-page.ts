import type { ExperimentState } from './experiments-page.ts';
import type { FromPlots, PlotContent, PlotHeader, PlotRevision, PlotsWords } from './plots-page.ts';

/** A column of the comparison: an experiment, a commit or the workspace. */
export interface ComparedRow {
  readonly id: string;
  readonly name: string;
  readonly detail: string;
  readonly state: ExperimentState;
  /** All others are compared with it. */
  readonly isBaseline: boolean;
  /** The same as in plots and in the table of experiments: `#rrggbb`. */
  readonly color: string;
  /** It can be brought into the workspace and made a branch. */
  readonly isFinished: boolean;
}

/** One value of one column. */
export interface ComparedCell {
  /** As short as a cell wants it; '' where there is none. */
  readonly text: string;
  readonly full: string;
  /** Against the baseline: `+0.012`. */
  readonly delta: string | undefined;
  readonly verdict: 'better' | 'worse' | 'other' | 'same' | undefined;
  readonly error: string | undefined;
}

export interface ComparedLine {
  readonly label: string;
  /** The file, or the kind of data. */
  readonly group: string;
  readonly differs: boolean;
  readonly cells: readonly ComparedCell[];
}

export interface CompareSection {
  readonly id: 'metrics' | 'params' | 'data' | 'environment' | 'run';
  readonly title: string;
  readonly lines: readonly ComparedLine[];
}

/** A file of Git's or of the data that is another than in the baseline. */
export interface ChangedFile {
  readonly path: string;
  readonly change: 'added' | 'modified' | 'deleted' | 'renamed';
  /** Rows, bytes: what changed in it. */
  readonly note: string;
}

/** What one column changed against the baseline; undefined while it is looked for. */
export interface ChangedFiles {
  readonly id: string;
  readonly name: string;
  readonly code: readonly ChangedFile[] | undefined;
  readonly data: readonly ChangedFile[] | undefined;
  /** Why they cannot be told. */
  readonly problem: string | undefined;
}

export interface CompareWords {
  readonly compare: string;
  readonly baseline: string;
  readonly makeBaseline: string;
  readonly remove: string;
  readonly explains: string;
  readonly nothingExplains: string;
  readonly onlyDifferences: string;
  readonly nothingDiffers: string;
  readonly better: string;
  readonly worse: string;
  readonly none: string;
  readonly code: string;
  readonly data: string;
  readonly plots: string;
  readonly noFiles: string;
  readonly looking: string;
  readonly openDiff: string;
  readonly apply: string;
  readonly branch: string;
  readonly markdown: string;
  readonly showPlots: string;
  readonly noPlots: string;
  readonly added: string;
  readonly modified: string;
  readonly deleted: string;
  readonly renamed: string;
  readonly error: string;
}

export interface ComparePage {
  readonly root: string;
  /** Ids as they were asked for: the page finds them again after a reload of the window. */
  readonly asked: readonly string[];
  readonly words: CompareWords;
  readonly rows: readonly ComparedRow[];
  readonly explains: readonly ComparedLine[];
  readonly sections: readonly CompareSection[];
  readonly changes: readonly ChangedFiles[];
  /** In place of all else. */
  readonly notice: string | undefined;
  readonly trusted: boolean;
  /** True where plots of experiments can be shown. */
  readonly hasPlots: boolean;
}

/** The commands the page may ask for; the host refuses any other. */
export type CompareCommand = 'lode.expApply' | 'lode.expBranch' | 'lode.expShowPlots';

/** The plots of what is compared, each drawn with all of it; what they draw is asked for when they come into sight. */
export interface ComparePlots {
  readonly words: PlotsWords;
  readonly revisions: readonly PlotRevision[];
  readonly plots: readonly PlotHeader[];
  /** Why they cannot be shown. */
  readonly problem: string | undefined;
}

export type ToCompare =
  | { readonly type: 'page'; readonly page: ComparePage }
  | { readonly type: 'plots'; readonly plots: ComparePlots }
  | { readonly type: 'content'; readonly plot: string; readonly version: number; readonly content: PlotContent };

/** What a plot asks for, as on the page of plots. */
export type FromComparedPlot = Extract<FromPlots, { type: 'need' | 'range' | 'open' | 'save' }>;

export type FromCompare =
  | { readonly type: 'ready' }
  | { readonly type: 'baseline'; readonly row: string }
  | { readonly type: 'remove'; readonly row: string }
  | { readonly type: 'run'; readonly command: CompareCommand; readonly rows: readonly string[] }
  /** Opens the difference of a file between the baseline and a row. */
  | { readonly type: 'open'; readonly row: string; readonly kind: 'code' | 'data'; readonly path: string }
  | { readonly type: 'markdown' }
  /** The part of the page with plots has come into sight. */
  | { readonly type: 'plots' }
  | { readonly type: 'plot'; readonly message: FromComparedPlot };
