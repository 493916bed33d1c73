import type { RepoPath } from '../core/ids.ts';
import type { PyValue } from '../core/python.ts';
import { select } from '../files/context.ts';
import type { LockFileEntry } from '../files/lockfile.ts';
import { lookupParam } from '../files/params-file.ts';
import { TemplateError } from '../files/template-error.ts';
import { parseExpression } from '../files/template-expression.ts';
import { schemaPath } from './complete-keys.ts';
import { placeOfRecorded } from './navigate.ts';
import { type LanguageProject, pipelineBeside, type RecordedData, readParamsText } from './project.ts';
import { type Spot, spotAt } from './spot.ts';
import { isOut, type StageMention, touches } from './stage-mentions.ts';
import { stageScope } from './stage-scope.ts';
import type { TextPosition, TextRange } from './text-lines.ts';
import { asInCommand, shown } from './value-text.ts';

/** What is known of the thing at a position. */
export type HoverFacts = { readonly range: TextRange } & (
  | { readonly kind: 'path'; readonly role: 'dep' | 'out'; readonly paths: readonly PathFacts[] }
  | { readonly kind: 'param'; readonly params: readonly ParamFacts[] }
  | ({ readonly kind: 'variable' } & VariableFacts)
  /** A key of the schema, by its path without names: `stages.*.cmd`. */
  | { readonly kind: 'key'; readonly file: Spot['type']; readonly schemaPath: string }
);

export interface PathFacts {
  readonly path: string;
  readonly place: RepoPath | undefined;
  /** As the last run recorded it; undefined of what no stage's run is about, too. */
  readonly recorded: Pick<LockFileEntry, 'hash' | 'meta'> | undefined;
  readonly onDisk: 'file' | 'directory' | undefined;
  /** Undefined where nothing is recorded. */
  readonly inCache: boolean | undefined;
  readonly madeBy: readonly NamedStage[];
  readonly usedBy: readonly NamedStage[];
  /** What a pointer file has on record of it, or of the folder around it. */
  readonly tracked: RecordedData | undefined;
}

export interface NamedStage {
  readonly name: string;
  readonly file: RepoPath;
  readonly line: number;
}

export interface ParamFacts {
  readonly key: string;
  readonly file: RepoPath;
  /** As text; undefined where there is none. */
  readonly now: string | undefined;
  readonly locked: string | undefined;
  readonly committed: string | undefined;
  /** False where there is no lock entry to compare with. */
  readonly hasRun: boolean;
}

export interface VariableFacts {
  readonly expression: string;
  /** Of a group those of its members, each once. */
  readonly values: readonly string[];
  /** A params file, or undefined for what is written in the dvc.yaml. */
  readonly source: string | undefined;
  readonly key: string | undefined;
  /** Why it has no value. */
  readonly problem: string | undefined;
  readonly hint: string | undefined;
}

const MOST_MEMBERS = 8;

/** What a hover tells; undefined where there is nothing to tell. */
export async function hoverAt(
  project: LanguageProject,
  file: RepoPath,
  position: TextPosition,
): Promise<HoverFacts | undefined> {
  const spot = await spotAt(project, file, position);
  if (!spot) return undefined;
  const { range } = spot;
  switch (spot.kind) {
    case 'dep':
    case 'out': {
      const role = spot.kind;
      const some = spot.mentions.slice(0, MOST_MEMBERS);
      return { range, kind: 'path', role, paths: await Promise.all(some.map((one) => pathFacts(project, one, role))) };
    }
    case 'param': {
      const some = spot.mentions.slice(0, MOST_MEMBERS);
      const params = (await Promise.all(some.map((mention) => paramFacts(project, mention)))).flat();
      return params.length > 0 ? { range, kind: 'param', params } : undefined;
    }
    case 'variable':
      return { range, kind: 'variable', ...(await variableFacts(project, spot)) };
    case 'recorded': {
      const place = await placeOfRecorded(project, spot);
      const role = spot.role === 'deps' ? 'dep' : 'out';
      return { range, kind: 'path', role, paths: [await recordedFacts(project, spot, place, role)] };
    }
    case 'key':
      return { range, kind: 'key', file: spot.type, schemaPath: schemaPath(spot.path) };
    default:
      return undefined;
  }
}

async function pathFacts(project: LanguageProject, mention: StageMention, role: 'dep' | 'out'): Promise<PathFacts> {
  const entry = await project.lockEntry(mention.file, mention.stage);
  const list = role === 'dep' ? entry?.deps : entry?.outs;
  return factsOf(
    project,
    mention.text,
    mention.place,
    list?.find(({ path }) => path === mention.text),
  );
}

async function recordedFacts(
  project: LanguageProject,
  spot: Extract<Spot, { kind: 'recorded' }>,
  place: RepoPath | undefined,
  role: 'dep' | 'out',
): Promise<PathFacts> {
  const entry = spot.stage === undefined ? undefined : await project.lockEntry(pipelineBeside(spot.file), spot.stage);
  const list = role === 'dep' ? entry?.deps : entry?.outs;
  return factsOf(
    project,
    spot.path,
    place,
    list?.find(({ path }) => path === spot.path),
  );
}

async function factsOf(
  project: LanguageProject,
  path: string,
  place: RepoPath | undefined,
  recorded: LockFileEntry | undefined,
): Promise<PathFacts> {
  const [usedBy, madeBy]: [NamedStage[], NamedStage[]] = [[], []];
  if (place !== undefined)
    for await (const mention of project.allMentions())
      if (touches(mention.place, place)) {
        if (mention.kind === 'dep') usedBy.push(named(mention));
        else if (isOut(mention)) madeBy.push(named(mention));
      }
  const tracked = project.files
    .recorded()
    .find(({ path: data, recordedIn }) => recordedIn.endsWith('.dvc') && place !== undefined && isIn(place, data));
  const hash = recorded?.hash ?? (tracked?.oid === undefined ? undefined : { name: 'md5', value: tracked.oid });
  return {
    path,
    place,
    recorded,
    onDisk: place === undefined ? undefined : await project.files.kind(place),
    inCache: hash ? await project.files.isCached(hash) : undefined,
    madeBy: onceEach(madeBy),
    usedBy: onceEach(usedBy),
    tracked,
  };
}

const isIn = (inner: RepoPath, outer: RepoPath): boolean => inner === outer || inner.startsWith(`${outer}/`);
const named = ({ stage, file, part }: StageMention): NamedStage => ({ name: stage, file, line: part.start });
const onceEach = (stages: readonly NamedStage[]): NamedStage[] => [
  ...new Map(stages.map((stage) => [`${stage.file}:${stage.name}`, stage])).values(),
];

async function paramFacts(project: LanguageProject, mention: StageMention): Promise<ParamFacts[]> {
  const { place, text: key } = mention;
  if (place === undefined) return [];
  const entry = await project.lockEntry(mention.file, mention.stage);
  const locked = entry && [...entry.params.values()].flatMap((values) => [...values]);
  const committed = readParamsText(place, await project.files.committedText(place));
  const value = (data: PyValue | undefined): string | undefined => {
    const found = data === undefined ? undefined : lookupParam(data, key);
    return found === undefined ? undefined : shown(found);
  };
  const known = locked?.find(([name]) => name === key)?.[1];
  return [
    {
      key,
      file: place,
      now: value(await project.params(place)),
      locked: known === undefined ? undefined : shown(known),
      committed: value(committed),
      hasRun: entry !== undefined,
    },
  ];
}

async function variableFacts(
  project: LanguageProject,
  { file, text, part, path, index, expression }: Extract<Spot, { kind: 'variable' }>,
): Promise<VariableFacts> {
  const context =
    part.path.length > 1 ? await stageScope(project, file, text, part) : await project.context(file, text);
  const at = path.join('\0');
  const members = part.path.length > 1 ? await project.stages(file, text, part) : [];
  const uses = members.flatMap(({ uses }) => uses.filter((use) => use.at.join('\0') === at)[index] ?? []);
  try {
    const { origin, ...node } = select(context, parseExpression(expression));
    const values = uses.length > 0 ? uses.map(({ value }) => value) : node.kind === 'scalar' ? [node.value] : [];
    return {
      expression,
      values: [...new Set(values.map((value) => asInCommand(value)))],
      source: origin.isFile ? origin.source : undefined,
      key: origin.source === undefined ? undefined : origin.path.join('.'),
      problem: undefined,
      hint: undefined,
    };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const { message, hint } = error;
    return { expression, values: [], source: undefined, key: undefined, problem: message, hint };
  }
}
