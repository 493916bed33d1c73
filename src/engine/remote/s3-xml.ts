import type { BackendEntry } from './backend.ts';

/** One page of a listing. */
export interface ListPage {
  readonly entries: readonly BackendEntry[];
  /** What to ask for the next page with; undefined at the end. */
  readonly next?: Readonly<Record<string, string>>;
}

const CONTENT = /<(Contents|Version)>([\s\S]*?)<\/\1>/g;

/** Reads an answer to ListObjects, old or new, or the newest of ListObjectVersions. Nobody puts comments or CDATA into these. @param prefix Is taken off the keys. */
export function parseListPage(xml: string, prefix: string): ListPage {
  const encoded = textOf(xml, 'EncodingType') === 'url';
  const decode = (key: string): string => (encoded ? decodeURIComponent(key.replaceAll('+', ' ')) : key);
  const entries: BackendEntry[] = [];
  let last = '';
  for (const [, , content = ''] of xml.matchAll(CONTENT)) {
    last = decode(textOf(content, 'Key') ?? '');
    if (textOf(content, 'IsLatest') === 'false') continue;
    if (last.endsWith('/') || !last.startsWith(prefix)) continue; // Consoles make folders so.
    const etag = textOf(content, 'ETag')?.replaceAll('"', '');
    const version = textOf(content, 'VersionId');
    const mtime = Date.parse(textOf(content, 'LastModified') ?? '');
    entries.push({
      key: last.slice(prefix.length),
      size: Number(textOf(content, 'Size') ?? 0),
      ...(Number.isNaN(mtime) ? {} : { mtime }),
      ...(etag ? { etag } : {}),
      ...(version && version !== 'null' ? { version } : {}),
    });
  }
  if (textOf(xml, 'IsTruncated') !== 'true') return { entries };
  const token = textOf(xml, 'NextContinuationToken');
  if (token !== undefined) return { entries, next: { 'continuation-token': token } };
  const [nextKey, nextVersion] = [textOf(xml, 'NextKeyMarker'), textOf(xml, 'NextVersionIdMarker')];
  if (nextKey !== undefined)
    return {
      entries,
      next: { 'key-marker': decode(nextKey), ...(nextVersion ? { 'version-id-marker': nextVersion } : {}) },
    };
  const marker = textOf(xml, 'NextMarker');
  return { entries, next: { marker: marker === undefined ? last : decode(marker) } };
}

/** The text of the first element of that name. */
export function textOf(xml: string, name: string): string | undefined {
  const start = xml.indexOf(`<${name}>`);
  if (start < 0) return undefined;
  const from = start + name.length + 2;
  const end = xml.indexOf(`</${name}>`, from);
  return end < 0 ? undefined : plain(xml.slice(from, end));
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const plain = (text: string): string =>
  text.includes('&')
    ? text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex: string, decimal: string, name: string) => {
        if (name !== undefined) return ENTITIES[name] ?? whole;
        return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
      })
    : text;
