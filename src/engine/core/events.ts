/** A file that has been in work for a while. */
export interface FileInWork {
  /** Relative to the root; an object's name where nobody knows more. */
  readonly path: string;
  readonly bytes: number;
  readonly totalBytes?: number;
}

/** Counters of one long task. Unknown totals are absent; bytes are of file content. */
export interface Progress {
  readonly task: string;
  readonly files: number;
  readonly totalFiles?: number;
  readonly bytes: number;
  readonly totalBytes?: number;
  /** The path worked on last, relative to the root. */
  readonly current?: string;
  /** Of bytes a second over the last seconds, once that says something. */
  readonly rate?: number;
  readonly working?: readonly FileInWork[];
  readonly paused?: boolean;
}

/** Everything the engine announces while it works. Names are past tense; values are plain. */
export type EngineEvent =
  | { readonly type: 'progressed'; readonly progress: Progress }
  | { readonly type: 'task-finished'; readonly task: string }
  | { readonly type: 'said'; readonly level: 'info' | 'warning'; readonly text: string }
  | { readonly type: 'waited'; readonly text: string }
  | { readonly type: 'file-written'; readonly path: string }
  | { readonly type: 'stages-planned'; readonly stages: readonly string[] }
  | { readonly type: 'stage-reached'; readonly stage: string }
  | { readonly type: 'stage-started'; readonly stage: string; readonly cmd: string }
  | { readonly type: 'stage-command'; readonly stage: string; readonly cmd: string }
  | { readonly type: 'stage-line'; readonly stage: string; readonly stream: 'stdout' | 'stderr'; readonly line: string }
  | { readonly type: 'stage-skipped'; readonly stage: string }
  | { readonly type: 'import-started'; readonly stage: string; readonly source: string; readonly output: string }
  | { readonly type: 'stage-restored'; readonly stage: string }
  | { readonly type: 'stage-finished'; readonly stage: string; readonly seconds: number }
  | { readonly type: 'stage-failed'; readonly stage: string; readonly message: string }
  | RuleMetEvent;

/** For a log or a terminal. */
export const ruleMetText = ({ name, rule, value, stops }: RuleMetEvent): string =>
  `${stops ? 'Stop rule' : 'Rule'} met by '${name}': ${rule.replace(/^notify when /, '')} (it is ${value})`;

/** A stop rule of a running experiment holds. */
export interface RuleMetEvent {
  readonly type: 'rule-met';
  /** Its row in the table, without `task:`. */
  readonly run: string;
  readonly name: string;
  /** As people write it. */
  readonly rule: string;
  readonly value: number;
  /** True where it ends the experiment. */
  readonly stops: boolean;
}
