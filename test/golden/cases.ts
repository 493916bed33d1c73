import * as fs from 'node:fs';
import * as path from 'node:path';

/** One change made to the working tree by the replay itself, before a step's command. Paths are relative to `repo/`. */
export type Edit =
  | { op: 'git'; args: string[]; cwd?: string }
  | { op: 'write'; path: string; text?: string; base64?: string; mode?: string }
  | { op: 'append'; path: string; text: string }
  | { op: 'delete'; path: string }
  | { op: 'rename'; path: string; to: string }
  | { op: 'chmod'; path: string; mode: string }
  | { op: 'symlink'; path: string; target: string }
  | { op: 'mkdir'; path: string };

/** How a step's standard output is read, where it is compared at all. */
export type StdoutMode = 'exact' | 'unordered' | 'exp-show' | 'plots' | 'lines' | 'text';

export interface FileRecord {
  sha256?: string;
  sha256_any_order?: string;
  mode?: string;
  symlink?: string;
  hardlink?: boolean;
  plots?: unknown;
  /** Only there to print differences; `sha256` decides. */
  content?: string;
}

export interface TreeFile {
  mode: string;
  blob: string;
  content?: string;
}

export type RefRecord = { tree: Record<string, TreeFile> } | { points_to: string };

/** What is on disk after a step. */
export interface Snapshot {
  files: Record<string, FileRecord>;
  cache: string[];
  objects?: string[];
  runs?: Record<string, string | null>;
  siblings?: Record<string, string>;
  git_status?: string[];
  git_refs?: Record<string, RefRecord>;
}

export interface Expectation extends Snapshot {
  exit: number;
  stdout_json?: unknown;
  stdout_lines?: string[];
  stdout_text?: string;
}

export interface Step {
  args: string[];
  cwd?: string;
  edit?: Edit[];
  stdout?: StdoutMode;
  expect: Expectation;
}

export interface GoldenCase {
  folder: string;
  about: string;
  git_refs?: boolean;
  order_free?: boolean;
  plots_html?: string[];
  steps: Step[];
}

/** A case by its number, optionally only up to the first step that runs `before`. */
export interface Selection {
  number: string;
  before?: string;
}

/** Loads the steps of one recorded case. @param folder Absolute path of `NN-name`. */
export function loadCase(folder: string, before?: string): GoldenCase {
  const recorded = JSON.parse(fs.readFileSync(path.join(folder, 'steps.json'), 'utf8')) as Omit<GoldenCase, 'folder'>;
  const end = before === undefined ? -1 : recorded.steps.findIndex((step) => step.args[0] === before);
  return { ...recorded, folder, steps: end < 0 ? recorded.steps : recorded.steps.slice(0, end) };
}

/** Folder names `NN-name` below `top` that hold a case, in order. */
export const caseNames = (top: string): string[] =>
  fs
    .readdirSync(top)
    .filter((name) => fs.existsSync(path.join(top, name, 'steps.json')))
    .sort();
