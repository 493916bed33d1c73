import type { Answer } from './dvc-server.ts';
import type { Step } from './walk.ts';

/** What both sides answered to one step, and what differs in what they left. */
export interface Comparison {
  readonly step: Step;
  readonly dvc: Answer;
  readonly lode: Answer;
  /** Paths whose state differs, with both states. */
  readonly paths: readonly {
    readonly path: string;
    readonly dvc: string | undefined;
    readonly lode: string | undefined;
  }[];
  /** Questions whose answers differ. */
  readonly questions: readonly string[];
}

/** Where Lode means to differ from DVC. A walk that meets one is over: its sides have parted for a reason. */
export interface Deliberate {
  readonly name: string;
  readonly reason: string;
  matches(found: Comparison): boolean;
}

const isCommand = ({ step }: Comparison, ...verbs: string[]): boolean =>
  step.do === 'command' && verbs.includes(step.argv[0] ?? '');

export const DELIBERATE: readonly Deliberate[] = [
  {
    name: 'checkout keeps a folder one of whose objects is missing',
    reason:
      'DVC deletes the whole folder when one object is missing, and only then finds out that it cannot bring it back.',
    matches: (found) =>
      isCommand(found, 'checkout', 'pull') &&
      found.dvc.code !== 0 &&
      found.lode.code !== 0 &&
      found.paths.length > 0 &&
      found.paths.every(({ dvc, path }) => dvc === undefined && !path.startsWith('remote:')),
  },
  {
    name: 'a full push sends what a partial push left out',
    reason:
      'DVC takes a manifest on the remote as proof that all its members are there, also after pushing one of them.',
    matches: (found) =>
      isCommand(found, 'push') &&
      found.paths.length > 0 &&
      found.questions.length === 0 &&
      found.paths.every(({ path, dvc }) => path.startsWith('remote:') && dvc === undefined),
  },
  {
    name: 'files of a lost manifest are unknown',
    reason:
      'DVC may still list the files of a folder whose manifest the cache has lost, from a private index of what it once saw.',
    matches: (found) =>
      found.paths.length === 0 &&
      found.questions.length > 0 &&
      found.questions.every(
        (question) =>
          /^(data status|diff) /.test(question) && /dvc:.*"not[_ ]in[_ ]cache": \[[^\]]*\/"/s.test(question),
      ),
  },
  {
    name: 'a failed add keeps the ignore lines of what it has added',
    reason:
      'DVC takes every line back, also those of targets whose pointers it has written: Git would then take their data.',
    matches: (found) =>
      isCommand(found, 'add') &&
      found.dvc.code !== 0 &&
      found.lode.code !== 0 &&
      found.paths.length > 0 &&
      found.paths.every(({ path }) => /(^|\/)\.gitignore$/.test(path)),
  },
  {
    name: 'a folder whose manifest is lost everywhere is missing',
    reason: "DVC warns, leaves the folder out of its answer and calls cache and remote 'in sync'.",
    matches: (found) =>
      isCommand(found, 'status') &&
      found.step.do === 'command' &&
      found.step.argv.includes('-c') &&
      found.paths.length === 0 &&
      /name: None, md5: [0-9a-f]{32}\.dir/.test(found.dvc.stderr) &&
      /": "missing"/.test(found.lode.stdout),
  },
];
