import type { RepoPath } from '../core/ids.ts';
import { asRepoPath } from '../core/ids.ts';
import { joinRepoPath, parentOf } from '../core/paths.ts';
import { type Origin, select } from '../files/context.ts';
import { TemplateError } from '../files/template-error.ts';
import { parseExpression } from '../files/template-expression.ts';
import type { LanguageText, TextPart } from './language-text.ts';
import { paramPlace, paramPlaces } from './param-places.ts';
import { type LanguageProject, pipelineBeside } from './project.ts';
import { lockPart, type Spot, spotAt } from './spot.ts';
import { isOut, type StageMention, touches } from './stage-mentions.ts';
import { stageScope } from './stage-scope.ts';
import { TextLines, type TextPosition, type TextRange } from './text-lines.ts';
import { keyNodeAt, nodeAt, textOf } from './yaml-places.ts';

/** A place of a file to go to. */
export interface Destination {
  readonly file: RepoPath;
  /** What is selected there. */
  readonly range: TextRange;
  /** All of it, where it is more than its name. */
  readonly whole?: TextRange;
}

const START: TextRange = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

/** Where what stands at a position is defined: the stage that makes a path, the line of a parameter, … */
export async function definitionsAt(
  project: LanguageProject,
  file: RepoPath,
  position: TextPosition,
): Promise<{ readonly origin: TextRange; readonly destinations: readonly Destination[] } | undefined> {
  const spot = await spotAt(project, file, position);
  if (!spot) return undefined;
  const destinations = distinct(await definitionsOf(project, spot));
  return destinations.length > 0 ? { origin: spot.range, destinations } : undefined;
}

async function definitionsOf(project: LanguageProject, spot: Spot): Promise<Destination[]> {
  switch (spot.kind) {
    case 'dep':
      return makersOrFile(
        project,
        spot.mentions.map(({ place }) => place),
      );
    case 'param':
      return (await Promise.all(spot.mentions.map((mention) => paramDestination(project, mention)))).flat();
    case 'params-file':
      return existing(
        project,
        spot.mentions.map(({ place }) => place),
      );
    case 'variable':
      return variableDefinition(project, spot);
    case 'stage':
      return spot.type === 'dvc.lock'
        ? stageDefinition(project, pipelineBeside(spot.file), spot.name)
        : lockedStages(project, spot.file, spot.name);
    case 'recorded':
      return recordedDefinition(project, spot);
    default:
      return [];
  }
}

/** The outputs of stages that are, hold, or lie in one of the places. */
export async function makersOf(
  project: LanguageProject,
  places: readonly (RepoPath | undefined)[],
): Promise<StageMention[]> {
  const found: StageMention[] = [];
  for await (const mention of project.allMentions())
    if (isOut(mention) && places.some((place) => touches(mention.place, place))) found.push(mention);
  return found;
}

async function makersOrFile(
  project: LanguageProject,
  places: readonly (RepoPath | undefined)[],
): Promise<Destination[]> {
  const makers = await makersOf(project, places);
  if (makers.length > 0) return Promise.all(makers.map((mention) => mentionDestination(project, mention)));
  const pointers = project.files
    .recorded()
    .filter(({ path, recordedIn }) => recordedIn.endsWith('.dvc') && places.some((place) => touches(path, place)))
    .map(({ recordedIn }) => ({ file: recordedIn, range: START }));
  return pointers.length > 0 ? pointers : existing(project, places);
}

async function existing(project: LanguageProject, places: readonly (RepoPath | undefined)[]): Promise<Destination[]> {
  const found: Destination[] = [];
  for (const place of places)
    if (place !== undefined && (await project.files.kind(place)) === 'file') found.push({ file: place, range: START });
  return found;
}

/** Where a mention stands, with its stage around it. */
export async function mentionDestination(project: LanguageProject, mention: StageMention): Promise<Destination> {
  const text = await project.text(mention.file);
  if (!text) return { file: mention.file, range: START };
  return {
    file: mention.file,
    range: text.rangeOf(mention.part, mention.node),
    whole: text.lines.range(mention.part.start, mention.part.end),
  };
}

async function paramDestination(project: LanguageProject, { place, text: key }: StageMention): Promise<Destination[]> {
  return place === undefined ? [] : paramInFile(project, place, key);
}

async function paramInFile(project: LanguageProject, file: RepoPath, key: string): Promise<Destination[]> {
  const source = await project.files.text(file);
  if (source === undefined) return [];
  const lines = new TextLines(source);
  const place = paramPlace(file, lines.text, key);
  return [{ file, range: place ? lines.range(place.start, place.end) : START }];
}

async function stageDefinition(project: LanguageProject, file: RepoPath, name: string): Promise<Destination[]> {
  const text = await project.text(file);
  const part = text?.part('stages', name) ?? text?.part('stages', name.replace(/@.*$/s, ''));
  return text && part ? [stageDestination(file, text, part)] : [];
}

/** The name of a stage in its file. */
export function stageDestination(file: RepoPath, text: LanguageText, part: TextPart): Destination {
  const key = keyNodeAt(part.parsed.root, part.path);
  const whole = text.lines.range(part.start, part.end);
  return { file, range: key ? text.rangeOf(part, key) : whole, whole };
}

/** The entries of a stage, or of the members of a group, in the dvc.lock. */
async function lockedStages(project: LanguageProject, file: RepoPath, name: string): Promise<Destination[]> {
  const exact = await lockPart(project, file, name);
  if (exact) return [stageDestination(exact.file, exact.text, exact.part)];
  const lock = asRepoPath(file.replace(/yaml$/, 'lock'));
  const text = await project.text(lock);
  const members = text?.stages.filter(({ path }) => String(path[1]).startsWith(`${name}@`)) ?? [];
  return text ? members.map((part) => stageDestination(lock, text, part)) : [];
}

async function recordedDefinition(
  project: LanguageProject,
  spot: Extract<Spot, { kind: 'recorded' }>,
): Promise<Destination[]> {
  const place = await placeOfRecorded(project, spot);
  if (spot.stage === undefined || place === undefined) return place === undefined ? [] : existing(project, [place]);
  const pipeline = pipelineBeside(spot.file);
  for await (const mention of project.allMentions())
    if (mention.file === pipeline && mention.stage === spot.stage && mention.text === spot.path)
      return [await mentionDestination(project, mention)];
  return existing(project, [place]);
}

/** Where a path of a lock file or of a pointer file lies. */
export async function placeOfRecorded(
  project: LanguageProject,
  spot: Extract<Spot, { kind: 'recorded' }>,
): Promise<RepoPath | undefined> {
  let wdir: string | undefined;
  if (spot.stage === undefined) wdir = textOf(nodeAt(spot.text.part('wdir')?.parsed.root, ['wdir']));
  else {
    const pipeline = pipelineBeside(spot.file);
    const text = await project.text(pipeline);
    const part = text?.part('stages', spot.stage) ?? text?.part('stages', spot.stage.replace(/@.*$/s, ''));
    const stages = text && part ? await project.stages(pipeline, text, part) : [];
    wdir = stages.find(({ name }) => name === spot.stage)?.wdir;
  }
  const folder = joinRepoPath(parentOf(spot.file), wdir ?? '.');
  return folder === undefined || spot.path.startsWith('/') ? undefined : joinRepoPath(folder, spot.path);
}

async function variableDefinition(
  project: LanguageProject,
  spot: Extract<Spot, { kind: 'variable' }>,
): Promise<Destination[]> {
  const { file, text, part, expression } = spot;
  const context =
    part.path.length > 1 ? await stageScope(project, file, text, part) : await project.context(file, text);
  try {
    const { origin } = select(context, parseExpression(expression));
    return originDestinations(project, spot, origin);
  } catch (error) {
    if (error instanceof TemplateError) return [];
    throw error;
  }
}

/** `item` and `key` come from the data of the group; `vars[1]` is an item of the file's list. */
async function originDestinations(
  project: LanguageProject,
  { file, text, part, expression }: Extract<Spot, { kind: 'variable' }>,
  origin: Origin,
): Promise<Destination[]> {
  if (origin.source !== undefined && origin.isFile)
    return paramInFile(project, asRepoPath(origin.source), origin.path.join('.'));
  const [first, second] = parseExpression(expression)
    .split('.')
    .map((word) => word.trim());
  const inStage = /^(.*\.)?vars/.exec(origin.source ?? '');
  if (inStage) {
    const index = Number(/\[(\d+)\]/.exec(origin.source ?? '')?.[1] ?? 0);
    const own = inStage[1] === undefined && origin.source !== 'vars' ? text.part('vars') : part;
    const top = own === part ? [...part.path, 'vars'] : ['vars'];
    const lists = own === part ? listIndices(part, top) : [index];
    for (const i of lists) {
      const key = own && keyNodeAt(own.parsed.root, [...top, i, ...origin.path]);
      if (own && key) return [{ file, range: text.rangeOf(own, key) }];
    }
    return [];
  }
  const { root } = part.parsed;
  const axis = second === undefined ? undefined : keyNodeAt(root, [...part.path, 'matrix', second]);
  const data =
    first === 'item' || first === 'key'
      ? (axis ?? keyNodeAt(root, [...part.path, 'matrix']) ?? keyNodeAt(root, [...part.path, 'foreach']))
      : undefined;
  return data ? [{ file, range: text.rangeOf(part, data) }] : [];
}

function listIndices(part: TextPart, at: TextPart['path']): number[] {
  const list = nodeAt(part.parsed.root, at);
  return list?.kind === 'sequence' ? list.items.map((_, i) => i) : [];
}

/** Where what stands at a position is used: by which stages an output or a parameter, in which lock entry a stage. */
export async function referencesAt(
  project: LanguageProject,
  file: RepoPath,
  position: TextPosition,
): Promise<readonly Destination[]> {
  const spot = await spotAt(project, file, position);
  if (!spot) return [];
  switch (spot.kind) {
    case 'dep':
    case 'out':
      return mentionsTouching(
        project,
        spot.mentions.map(({ place }) => place),
      );
    case 'param':
      return (await Promise.all(spot.mentions.map((one) => paramUses(project, one.place, one.text)))).flat();
    case 'params-file':
      return (await Promise.all(spot.mentions.map((one) => paramUses(project, one.place, undefined)))).flat();
    case 'recorded':
      return mentionsTouching(project, [await placeOfRecorded(project, spot)]);
    case 'stage':
      return stageUses(project, spot);
    default:
      return [];
  }
}

async function mentionsTouching(
  project: LanguageProject,
  places: readonly (RepoPath | undefined)[],
): Promise<Destination[]> {
  const found: Destination[] = [];
  for await (const mention of project.allMentions())
    if (mention.kind !== 'param' && places.some((place) => touches(mention.place, place)))
      found.push(await mentionDestination(project, mention));
  return distinct(found);
}

/** The definition, its entries in the lock file, and the stages that need what it makes. */
async function stageUses(project: LanguageProject, spot: Extract<Spot, { kind: 'stage' }>): Promise<Destination[]> {
  const pipeline = pipelineBeside(spot.file);
  const text = await project.text(pipeline);
  const part = text?.part('stages', spot.name) ?? text?.part('stages', spot.name.replace(/@.*$/s, ''));
  if (!text || !part) return [];
  const outs = (await project.mentionsOf(pipeline, text, part)).filter(isOut).map(({ place }) => place);
  const users: Destination[] = [];
  for await (const mention of project.allMentions())
    if (mention.kind === 'dep' && outs.some((out) => touches(out, mention.place)))
      users.push(await mentionDestination(project, mention));
  return distinct([
    stageDestination(pipeline, text, part),
    ...(await lockedStages(project, pipeline, String(part.path[1]))),
    ...users,
  ]);
}

/** Where stages name a parameter or one around or in it; without a key, all parameters of the file. */
export async function paramUses(
  project: LanguageProject,
  file: RepoPath | undefined,
  key: string | undefined,
): Promise<Destination[]> {
  const found: Destination[] = [];
  for await (const mention of project.allMentions()) {
    if (mention.place !== file || (mention.kind !== 'param' && mention.kind !== 'params-file')) continue;
    const fits =
      key === undefined || mention.kind === 'params-file'
        ? key === undefined || isWholeFile(mention)
        : key === mention.text || key.startsWith(`${mention.text}.`) || mention.text.startsWith(`${key}.`);
    if (fits) found.push(await mentionDestination(project, mention));
  }
  return distinct(found);
}

/** A params file without keys is used whole. */
function isWholeFile({ part, at }: StageMention): boolean {
  const keys = nodeAt(part.parsed.root, at);
  return keys === undefined || keys.kind === 'scalar' || (keys.kind === 'sequence' && keys.items.length === 0);
}

/** The stages that use the parameter at a position of a params file; undefined where there is none. */
export async function paramReferencesAt(
  project: LanguageProject,
  file: RepoPath,
  position: TextPosition,
): Promise<{ readonly key: string; readonly uses: readonly Destination[] } | undefined> {
  const source = await project.files.text(file);
  if (source === undefined) return undefined;
  const lines = new TextLines(source);
  const offset = lines.offset(position);
  const place = paramPlaces(file, lines.text).findLast(({ start, end }) => start <= offset && offset <= end);
  if (!place) return undefined;
  return { key: place.key, uses: await paramUses(project, file, place.key) };
}

function distinct(destinations: readonly Destination[]): Destination[] {
  const seen = new Set<string>();
  return destinations.filter(({ file, range }) => {
    const key = `${file}\0${range.start.line}\0${range.start.character}`;
    return !seen.has(key) && seen.add(key);
  });
}
