import { DvcError, withMessagePrefix } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { redactUrl } from '../core/redact.ts';
import { loadPipeline } from '../graph/load-pipeline.ts';
import { type SourceOptions, SourceRepo, sourceOf } from '../source-repo.ts';
import { get, getStoreUrl } from './get.ts';
import type { GetResult } from './get-url.ts';

export interface ArtifactOptions extends Omit<SourceOptions, 'rev'> {
  /** `name`, or `folder:name` where its dvc.yaml lies in a folder. */
  readonly name: string;
  /** A registered version, such as `v1.2.0`; the newest unless told. */
  readonly version?: string;
  /** The version that a stage was assigned to. */
  readonly stage?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly jobs?: number;
}

/** Downloads an artifact that a repository's dvc.yaml names and its tags register. Source: dvc-format 13. */
export async function artifactsGet(options: ArtifactOptions, ctx: OpContext): Promise<GetResult> {
  return withArtifact(options, ctx, (found) => get({ ...options, ...found }, ctx));
}

/** Where the content of an artifact lies in the store that it would be downloaded from. */
export async function artifactStoreUrl(options: ArtifactOptions, ctx: OpContext): Promise<string> {
  return withArtifact(options, ctx, (found) => getStoreUrl({ ...options, ...found }, ctx));
}

async function withArtifact<T>(
  options: ArtifactOptions,
  ctx: OpContext,
  work: (found: { readonly rev: string; readonly path: string }) => Promise<T>,
): Promise<T> {
  const { version, stage, url, name } = options;
  if (version !== undefined && stage !== undefined)
    throw new DvcError('usage', 'Artifact version and stage are mutually exclusive.', { exitCode: 1 });
  try {
    return await work(await findArtifact(options, ctx));
  } catch (error) {
    throw withMessagePrefix(`failed to get '${name}' from '${redactUrl(url)}'`, error);
  }
}

async function findArtifact(options: ArtifactOptions, ctx: OpContext): Promise<{ rev: string; path: string }> {
  const { folder, name } = parseName(options.name);
  const rev = await revisionOf(options, folder === '' ? name : `${folder}=${name}`, ctx);
  await using source = await SourceRepo.open(sourceOf({ ...options, rev }), { folders: [ctx.cwd] }, ctx);
  const file = folder === '' ? 'dvc.yaml' : `${folder}/dvc.yaml`;
  const located = await source.find(file);
  if (!located) throw unknownArtifact(options);
  const { resolved } = await loadPipeline(located.sub.view, located.path, { root: located.sub.root ?? '/' });
  const artifact = resolved.artifacts.find((one) => one.name === name);
  if (!artifact) throw unknownArtifact(options);
  return { rev, path: folder === '' ? artifact.path : `${folder}/${artifact.path}` };
}

/** `dir/dvc.yaml:name` is `dir:name`. */
function parseName(given: string): { readonly folder: string; readonly name: string } {
  const [, folder = '', name] =
    /^(?:([a-zA-Z0-9\-_./]+):)?([a-zA-Z0-9](?:[a-zA-Z0-9\-/_]*[a-zA-Z0-9])?)$/.exec(given) ?? [];
  if (name === undefined)
    throw new DvcError('target-not-found', `Unable to find artifact '${given}'`, {
      hint: 'Names have letters, digits, `-`, `_` and `/`, with `folder:` before them for a dvc.yaml in a folder.',
      exitCode: 1,
    });
  return { folder: folder.replace(/(^|\/)dvc\.yaml$/, '').replace(/\/$/, ''), name };
}

/** The commit that a tag of the registry stands on. */
async function revisionOf(options: ArtifactOptions, tagged: string, ctx: OpContext): Promise<string> {
  await using source = await SourceRepo.open(sourceOf(options), { folders: [ctx.cwd] }, ctx);
  const tags = (await source.annotatedTags()).flatMap((tag) => parseTag(tag, tagged) ?? []);
  const { version, stage } = options;
  if (stage !== undefined) {
    const [newest] = tags.filter((tag) => tag.stage === stage).sort((a, b) => b.time - a.time || b.counter - a.counter);
    if (newest) return newest.commit;
  } else {
    const versions = tags.filter(
      (tag) => tag.version !== undefined && (version === undefined || tag.version === version),
    );
    const [newest] = versions.sort((a, b) => compareVersions(b.version ?? '', a.version ?? '') || b.time - a.time);
    if (newest) return newest.commit;
  }
  throw unknownArtifact(options);
}

interface RegistryTag {
  readonly commit: string;
  /** Seconds since 1970. */
  readonly time: number;
  readonly version?: string;
  readonly stage?: string;
  readonly counter: number;
}

function parseTag(
  { name, commit, time }: { readonly name: string; readonly commit: string; readonly time: number },
  artifact: string,
): RegistryTag | undefined {
  if (!name.startsWith(artifact)) return undefined;
  const rest = name.slice(artifact.length);
  const version = /^@(v\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)!?(?:#\d+)?$/.exec(rest)?.[1];
  if (version !== undefined) return { commit, time, version, counter: 0 };
  const [, stage, counter = '0'] = /^#([a-zA-Z0-9](?:[a-zA-Z0-9\-/_]*[a-zA-Z0-9])?)!?(?:#(\d+))?$/.exec(rest) ?? [];
  return stage === undefined ? undefined : { commit, time, stage, counter: Number(counter) };
}

/** By the rules of semantic versioning: a version that is not yet final comes before the final one. */
export function compareVersions(a: string, b: string): number {
  const [one, other] = [partsOf(a), partsOf(b)];
  for (let i = 0; i < 3; i++)
    if (one.numbers[i] !== other.numbers[i]) return (one.numbers[i] ?? 0) - (other.numbers[i] ?? 0);
  if (one.pre.length === 0 || other.pre.length === 0) return other.pre.length - one.pre.length;
  for (let i = 0; i < Math.max(one.pre.length, other.pre.length); i++) {
    const [x, y] = [one.pre[i], other.pre[i]];
    if (x === undefined || y === undefined) return x === undefined ? -1 : 1;
    if (x === y) continue;
    const [m, n] = [/^\d+$/.test(x), /^\d+$/.test(y)];
    return m && n ? Number(x) - Number(y) : m !== n ? (m ? -1 : 1) : x < y ? -1 : 1;
  }
  return 0;
}

function partsOf(version: string): { readonly numbers: readonly number[]; readonly pre: readonly string[] } {
  const [, numbers = '', pre = ''] = /^v?([\d.]+)(?:-([^+]+))?/.exec(version) ?? [];
  return { numbers: numbers.split('.').map(Number), pre: pre === '' ? [] : pre.split('.') };
}

const unknownArtifact = ({ name, version, stage }: ArtifactOptions) =>
  new DvcError(
    'target-not-found',
    `Unable to find artifact '${name}${version === undefined ? '' : `@${version}`}${stage === undefined ? '' : `#${stage}`}'`,
    {
      hint: 'It has to be in `artifacts` of a dvc.yaml, and registered by a tag such as `name@v1.0.0`.',
      exitCode: 1,
      data: { name, version, stage },
    },
  );
