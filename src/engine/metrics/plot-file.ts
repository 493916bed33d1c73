import { isUtf8 } from 'node:buffer';
import * as path from 'node:path';
import { DvcError } from '../core/errors.ts';
import type { RepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { isPyList, isPyMap, type PyValue } from '../core/python.ts';
import { readParams } from '../files/params-file.ts';
import { readCsv } from './csv.ts';
import { fileBroken } from './file-values.ts';
import { PlotFailure } from './plot-failure.ts';
import type { PlotContent } from './points.ts';

const IMAGES = new Set(['.jpg', '.jpeg', '.gif', '.png', '.svg']);
const VALUES = new Set(['.json', '.yaml', '.yml', '.toml', '.py']);
const TABLES: Readonly<Record<string, ',' | '\t'>> = { '.csv': ',', '.tsv': '\t' };

export const isImage = (file: string): boolean => IMAGES.has(path.posix.extname(file));

/**
 * The content of a file of a plot, by its suffix; undefined where there is nothing in it. Images are not for this.
 *
 * @param options.shown As messages name it. @throws PlotFailure
 */
export async function readPlotFile(
  file: RepoPath,
  bytes: Uint8Array,
  { shown, header }: { readonly shown: string; readonly header: boolean },
  ctx: OpContext,
): Promise<PlotContent | undefined> {
  const suffix = path.posix.extname(file);
  const delimiter = TABLES[suffix];
  if (delimiter === undefined && !VALUES.has(suffix))
    throw new PlotFailure(
      'PlotMetricTypeError',
      `'${shown}' - file type error\nOnly JSON, YAML, CSV and TSV formats are supported.`,
    );
  if (!isUtf8(bytes)) throw new PlotFailure('EncodingError', `unable to read: '${shown}', is not valid utf8`);
  if (delimiter !== undefined) {
    const points = await tableOf(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes), delimiter, header);
    return points.length > 0 ? { kind: 'table', points } : undefined;
  }
  const value = valueIn(file, bytes, ctx);
  return isEmpty(value) ? undefined : { kind: 'value', value };
}

async function tableOf(text: string, delimiter: ',' | '\t', header: boolean): ReturnType<typeof readCsv> {
  try {
    return await readCsv(text, { delimiter, header });
  } catch (error) {
    throw error instanceof TypeError ? new PlotFailure('TypeError', error.message) : error;
  }
}

function valueIn(file: RepoPath, bytes: Uint8Array, ctx: OpContext): PyValue {
  try {
    return readParams(file, bytes);
  } catch (error) {
    if (!DvcError.is(error)) throw error;
    const { type, message } = fileBroken(file, bytes, error, ctx);
    throw new PlotFailure(type, message);
  }
}

const isEmpty = (value: PyValue): boolean =>
  (isPyMap(value) && value.size === 0) || (isPyList(value) && value.length === 0);
