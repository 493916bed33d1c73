import { parseXML } from 'webdav';

/** What a server says of one resource. */
export interface DavResource {
  /** Of its address: decoded, without a slash at its end. */
  readonly path: string;
  readonly isFolder: boolean;
  readonly size: number;
  readonly mtime?: number;
  readonly etag?: string;
}

export const PROPFIND = Buffer.from(
  '<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/><D:getcontentlength/>' +
    '<D:getlastmodified/><D:getetag/></D:prop></D:propfind>',
);

/** The resources of a `207 Multi-Status` answer. @throws an error for what is none */
export async function readMultistatus(xml: string): Promise<DavResource[]> {
  const { multistatus } = await parseXML(xml);
  return multistatus.response.flatMap((response) => {
    if (!('propstat' in response) || !response.propstat) return [];
    const { resourcetype, getcontentlength, getlastmodified, getetag } = response.propstat.prop as Record<
      string,
      unknown
    >;
    const mtime = Date.parse(String(getlastmodified ?? ''));
    const etag = String(getetag ?? '').replace(/"|&quot;/g, '');
    return {
      path: pathIn(response.href),
      isFolder: typeof resourcetype === 'object' && resourcetype !== null && 'collection' in resourcetype,
      size: Number(getcontentlength ?? 0),
      ...(Number.isNaN(mtime) ? {} : { mtime }),
      ...(etag === '' ? {} : { etag }),
    };
  });
}

/** Some servers answer with whole addresses, some with paths, and not all of them encode every character. */
function pathIn(href: string): string {
  const path = String(href).replace(/^[a-z]+:\/\/[^/]*/i, '');
  return decoded(path).replace(/\/+$/, '');
}

export function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
