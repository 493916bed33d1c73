import { isPyMap, type PyValue } from '../core/python.ts';
import type { Schema } from './schema-check.ts';

export const STR: Schema = { is: 'str' };
export const BOOL: Schema = { is: 'bool' };
export const ANYTHING: Schema = { is: 'anything' };
export const DICT: Schema = { is: 'dict' };

/** Python's `int` includes its truth values. */
const isInt = (value: PyValue): boolean =>
  typeof value === 'bigint' || typeof value === 'boolean' || (typeof value === 'number' && Number.isInteger(value));

const INT: Schema = { check: (value) => (isInt(value) ? undefined : 'expected int') };

/** Empty stands for none; an unquoted digest of digits only is a number. */
const CHECKSUM: Schema = {
  check: (value) => {
    const known = value === null || value === '' || (typeof value === 'string' && value.length >= 3);
    return known || (isInt(value) && String(value).length >= 3) ? undefined : 'not a valid value';
  },
};

const CHECKSUMS = { md5: CHECKSUM, checksum: CHECKSUM, etag: CHECKSUM };
const META = { size: INT, nfiles: INT, isexec: BOOL, version_id: STR };

const CLOUD: Schema = {
  choose: (value) =>
    isPyMap(value) && value.size > 1
      ? { check: () => 'length of value must be at most 1' }
      : { eachValue: { keys: { ...META, ...CHECKSUMS } } },
};

const FILES: Schema = {
  listOf: [{ keys: { ...CHECKSUMS, ...META, relpath: STR, cloud: CLOUD }, required: ['relpath'] }],
};

/** Hash and facts of one entry, as pointer files and lock files share them (dvc-format 3.2). */
export const DATA_KEYS = { ...CHECKSUMS, ...META, path: STR, cloud: CLOUD, hash: STR, files: FILES };
export const CHECKSUM_SCHEMA = CHECKSUM;
