import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from 'diff';

/** What one side of a comparison is called, and holds. */
export interface TextSide {
  /** As in a patch: `a/path`, or `/dev/null` for a side that is not there. */
  readonly name: string;
  readonly text: string;
}

const CONTEXT_LINES = 3;
/** Two texts without a common line take time with the square of their length. */
const PATIENCE_MS = 2000;

/** A unified diff that `patch` reads, without a last line feed of its own; undefined where it would take too long. */
export function unifiedDiff(old: TextSide, now: TextSide): string | undefined {
  const patch = structuredPatch(old.name, now.name, old.text, now.text, undefined, undefined, {
    context: CONTEXT_LINES,
    timeout: PATIENCE_MS,
  });
  return patch && formatPatch(patch, FILE_HEADERS_ONLY);
}

/** The bytes as text, or undefined where they are not: a NUL near the beginning, as Git looks for one, or broken UTF-8. */
export function decodeText(bytes: Buffer): string | undefined {
  if (bytes.subarray(0, 8000).includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
