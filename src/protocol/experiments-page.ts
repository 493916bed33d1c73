/** How an experiment stands; the workspace and commits are `success`. */
export type ExperimentState = 'success' | 'running' | 'queued' | 'failed';

/** A value that a message cannot carry as it is: `nan`, `-inf`, `null`, a list, an integer beyond 2⁵³. */
export interface SpecialValue {
  readonly text: string;
}

/** What a cell holds; null where the row has no such value. */
export type CellValue = string | number | boolean | SpecialValue | null;

export type ColumnKind = 'metric' | 'param' | 'dep';

/** A metric, parameter or dependency. Its place in the list is that of its values in every row. */
export interface ExperimentColumn {
  /** `metric:metrics.json:val.acc`: names it in views that are kept. */
  readonly id: string;
  readonly kind: ColumnKind;
  /** The file it is read from; of a dependency ''. */
  readonly file: string;
  /** Keys from the outermost inwards; of a dependency its path alone. */
  readonly keys: readonly string[];
  /** Which way a metric gets better, where it is known. */
  readonly better: 'higher' | 'lower' | undefined;
}

/** One line of the table. Values at rest are compared by place: rows and columns of one version belong together. */
export interface ExperimentRow {
  /** `workspace`, a branch as `branch:main`, a commit's id, an experiment's id. Unique, and the same in every version. */
  readonly id: string;
  readonly kind: 'workspace' | 'branch' | 'commit' | 'experiment';
  /** Id of the row it belongs below. */
  readonly parent: string | undefined;
  readonly name: string;
  /** Behind the name: the first line of a commit's message, the commit an experiment is. */
  readonly detail: string;
  /** On hovering and in the row's summary: author, full id, tags. */
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly state: ExperimentState;
  /** Why the row, or its run, failed. */
  readonly problem: string | undefined;
  /** Milliseconds since 1970. */
  readonly created: number | undefined;
  readonly branch: string;
  readonly values: readonly CellValue[];
  /** Columns that could not be read, by place. */
  readonly errors: Readonly<Record<number, string>>;
  /** Places of the columns that differ from the row's baseline: HEAD for the workspace, the parent for an experiment. */
  readonly changed: readonly number[];
  /** Values of a metric step by step, by place, newest last; down-sampled to what a cell can show. */
  readonly series: Readonly<Record<number, readonly number[]>>;
  readonly starred: boolean;
  /** True where the default Git remote has it. */
  readonly pushed: boolean;
  /** Whether it has stop rules, and whether one of them was met. */
  readonly rules: 'none' | 'waiting' | 'met';
  /** Of a running experiment: how far, `step 12`. */
  readonly progress: string | undefined;
  /** Its colour in plots; undefined while it is not plotted. */
  readonly colour: string | undefined;
}

/** Columns and rows of one moment. */
export interface ExperimentsTable {
  /** Grows with every change. */
  readonly version: number;
  readonly columns: readonly ExperimentColumn[];
  /** In order: parents before what is below them. */
  readonly rows: readonly ExperimentRow[];
  readonly queue: QueueState;
  /** What of the history is shown. */
  readonly history: HistoryState;
  /** Above the table: files that could not be read. */
  readonly warnings: readonly string[];
}

export interface QueueState {
  readonly queued: number;
  readonly running: number;
  /** True while the queue takes up new work. */
  readonly isStarted: boolean;
}

export interface HistoryState {
  /** True where there are older commits than those shown. */
  readonly hasMore: boolean;
  readonly canShowLess: boolean;
}

/** What has changed since `base`: the page drops it if it is at another version, and asks for all again. */
export interface TablePatch {
  readonly base: number;
  readonly version: number;
  /** New ones and changed ones, whole. */
  readonly rows: readonly ExperimentRow[];
  readonly removed: readonly string[];
  /** Ids of all rows in order; undefined while the order is the same and new rows come last. */
  readonly order: readonly string[] | undefined;
  readonly queue: QueueState | undefined;
}

export type NumberFormat = 'short' | 'full' | 'percent' | 'fixed2' | 'fixed4';

/** How the table is looked at; kept by the host, by a name or as what was there last. */
export interface TableView {
  readonly query: string;
  readonly sorts: readonly { readonly column: string; readonly descending: boolean }[];
  /** Experiments below their commits, or one list, or grouped by columns. */
  readonly mode: 'tree' | 'flat' | 'grouped';
  readonly groups: readonly string[];
  readonly hidden: readonly string[];
  readonly pinned: readonly string[];
  /** Ids in order, as far as the user has moved columns. */
  readonly order: readonly string[];
  readonly widths: Readonly<Record<string, number>>;
  readonly formats: Readonly<Record<string, NumberFormat>>;
  readonly onlyChanged: boolean;
  readonly collapsed: readonly string[];
}

/** The commands the page may ask for; the host refuses any other. */
export type ExperimentsCommand =
  | 'lode.expRun'
  | 'lode.expQueue'
  | 'lode.expQueueStart'
  | 'lode.expQueueStop'
  | 'lode.expQueueStatus'
  | 'lode.expApply'
  | 'lode.expBranch'
  | 'lode.expRename'
  | 'lode.expRemove'
  | 'lode.expPush'
  | 'lode.expPull'
  | 'lode.expSave'
  | 'lode.expStar'
  | 'lode.expUnstar'
  | 'lode.expNote'
  | 'lode.expStop'
  | 'lode.expAddStopRule'
  | 'lode.expRemoveStopRule'
  | 'lode.expLog'
  | 'lode.expCompare'
  | 'lode.expShowPlots'
  | 'lode.expCopyName'
  | 'lode.expCopyRevision'
  | 'lode.expMoreCommits'
  | 'lode.expFewerCommits'
  | 'lode.expBranches'
  | 'lode.newStage'
  | 'lode.refresh'
  | 'lode.showLog'
  | 'workbench.trust.manage';

export interface NoticeButton {
  readonly label: string;
  readonly command: ExperimentsCommand;
}

/** Text in place of the table. */
export interface ExperimentsNotice {
  readonly kind: 'loading' | 'empty' | 'error';
  readonly title: string;
  readonly text: string;
  readonly buttons: readonly NoticeButton[];
}

/** A parameter a user has typed over: as text, which DVC's rules make a value of. */
export interface ParamChange {
  /** Id of its column. */
  readonly column: string;
  readonly text: string;
}

export type ToExperiments =
  | {
      readonly type: 'page';
      readonly root: string;
      readonly words: ExperimentsWords;
      readonly locale: string;
      /** False in Restricted Mode: then nothing can be run. */
      readonly trusted: boolean;
      /** True where plots of experiments can be shown. */
      readonly hasPlots: boolean;
      readonly view: TableView | undefined;
      readonly views: readonly SavedView[];
    }
  | { readonly type: 'notice'; readonly notice: ExperimentsNotice }
  /** @param isWhole False where more rows of this version follow. */
  | { readonly type: 'table'; readonly table: ExperimentsTable; readonly isWhole: boolean }
  | { readonly type: 'rows'; readonly rows: readonly ExperimentRow[]; readonly isLast: boolean }
  | { readonly type: 'patch'; readonly patch: TablePatch }
  | { readonly type: 'views'; readonly views: readonly SavedView[] }
  /** Work on its way, by row; none ends it. */
  | { readonly type: 'busy'; readonly rows: readonly string[] }
  /** A change of a parameter that was refused, and why. */
  | { readonly type: 'refused'; readonly column: string; readonly message: string }
  /** What was typed over has been taken: nothing is pending any more. */
  | { readonly type: 'taken' }
  | { readonly type: 'reveal'; readonly row: string }
  /** Rows that were picked out elsewhere; undefined when they are no longer. */
  | { readonly type: 'pick'; readonly rows: readonly string[] | undefined };

export interface SavedView {
  readonly name: string;
  readonly view: TableView;
}

export type FromExperiments =
  | { readonly type: 'ready' }
  /** The page has missed something: it wants the whole table. */
  | { readonly type: 'resend' }
  | { readonly type: 'run'; readonly command: ExperimentsCommand; readonly rows: readonly string[] }
  /** Runs or queues the workspace with parameters typed over. */
  | { readonly type: 'launch'; readonly how: 'run' | 'queue'; readonly changes: readonly ParamChange[] }
  | { readonly type: 'copy'; readonly text: string; readonly what: string }
  | { readonly type: 'view'; readonly view: TableView }
  | { readonly type: 'saveView'; readonly view: TableView }
  | { readonly type: 'removeView'; readonly name: string }
  | { readonly type: 'selected'; readonly rows: readonly string[] }
  /** The rows that are in sight now, once scrolling has come to rest. */
  | { readonly type: 'inSight'; readonly rows: readonly string[] };

/** Texts of the page in the display language; `{0}` and `{1}` are filled in by the page. */
export interface ExperimentsWords {
  readonly table: string;
  readonly tools: string;
  readonly filter: string;
  readonly filterHint: string;
  readonly clearFilter: string;
  readonly proposals: string;
  readonly matching: string;
  readonly nothingMatches: string;
  readonly run: string;
  readonly queue: string;
  readonly compare: string;
  readonly showPlots: string;
  readonly layout: string;
  readonly columns: string;
  readonly onlyChanged: string;
  readonly views: string;
  readonly refresh: string;
  readonly experiment: string;
  readonly created: string;
  readonly state: string;
  readonly branch: string;
  readonly dependencies: string;
  readonly general: string;
  readonly success: string;
  readonly running: string;
  readonly queued: string;
  readonly failed: string;
  readonly starred: string;
  readonly pushed: string;
  readonly ruled: string;
  readonly ruleMet: string;
  readonly select: string;
  readonly expand: string;
  readonly collapse: string;
  readonly stop: string;
  readonly log: string;
  readonly addStopRule: string;
  readonly removeStopRule: string;
  readonly star: string;
  readonly unstar: string;
  readonly without: string;
  readonly cellError: string;
  readonly edited: string;
  readonly was: string;
  readonly higherIsBetter: string;
  readonly lowerIsBetter: string;
  readonly headerHint: string;
  readonly searchColumns: string;
  readonly noColumn: string;
  readonly condition: string;
  readonly value: string;
  readonly filterBy: string;
  readonly addFilter: string;
  readonly contains: string;
  readonly containsNot: string;
  readonly hasValue: string;
  readonly hasNoValue: string;
  readonly isChanged: string;
  readonly isTrue: string;
  readonly isFalse: string;
  readonly selected: string;
  readonly oneExperiment: string;
  readonly experiments: string;
  readonly fewerCommits: string;
  readonly moreCommits: string;
  readonly branches: string;
  readonly sortedUp: string;
  readonly sortedDown: string;
  readonly groupedBy: string;
  readonly clearSelection: string;
  readonly takeAway: string;
  readonly queueState: string;
  readonly startQueue: string;
  readonly stopQueue: string;
  readonly editsHint: string;
  readonly editedParams: string;
  readonly runEdits: string;
  readonly queueEdits: string;
  readonly discard: string;
  readonly tree: string;
  readonly flat: string;
  readonly expandAll: string;
  readonly collapseAll: string;
  readonly groupBy: string;
  readonly saveView: string;
  readonly resetView: string;
  readonly removeView: string;
  readonly compareRows: string;
  readonly compareWithWorkspace: string;
  readonly save: string;
  readonly edit: string;
  readonly apply: string;
  readonly branchOff: string;
  readonly rename: string;
  readonly note: string;
  readonly push: string;
  readonly remove: string;
  readonly copyCell: string;
  readonly copyRow: string;
  readonly copyRows: string;
  readonly copyCsv: string;
  readonly copyMarkdown: string;
  readonly copyName: string;
  readonly copyRevision: string;
  readonly cell: string;
  readonly rowsCopied: string;
  readonly sortAscending: string;
  readonly sortDescending: string;
  readonly thenAscending: string;
  readonly thenDescending: string;
  readonly sortNot: string;
  readonly filterColumn: string;
  readonly groupColumn: string;
  readonly pin: string;
  readonly moveLeft: string;
  readonly moveRight: string;
  readonly moveFirst: string;
  readonly fit: string;
  readonly hide: string;
  readonly formatShort: string;
  readonly formatFull: string;
  readonly formatFixed2: string;
  readonly formatFixed4: string;
  readonly formatPercent: string;
  readonly unclosedQuote: string;
  readonly unclosedBracket: string;
  readonly unexpected: string;
  readonly valueMissing: string;
  readonly fieldMissing: string;
  readonly unknownField: string;
  readonly unknownFieldNear: string;
  readonly severalFields: string;
  readonly unknownQuality: string;
  readonly notANumber: string;
  readonly notADate: string;
}
