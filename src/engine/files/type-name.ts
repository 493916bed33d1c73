import { asFloat, isPyList, isPyMap, PyDate, type PyValue } from '../core/python.ts';

/** `type(value).__name__`, for messages. */
export function pyTypeName(value: PyValue): string {
  if (value === null) return 'NoneType';
  if (isPyList(value)) return 'list';
  if (isPyMap(value)) return 'dict';
  if (value instanceof PyDate) return value.iso.includes('T') ? 'datetime' : 'date';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'str';
  return asFloat(value) === undefined ? 'int' : 'float';
}
