import { PyDate, type PyKey, pyFloat, pyFloatRepr, pyInt } from '../core/python.ts';

/**
 * What a plain scalar means, by the YAML 1.2 rules of DVC's library, which differ from other readers:
 * `yes` is text, `0o17` is 15, `017` is 17, `1_000` is 1000, `1e3` is a float, `1:30` is text, dates are dates.
 */
export type ScalarKind = 'null' | 'bool' | 'int' | 'float' | 'date' | 'merge' | 'special' | 'string';

const NULL = /^(?:~|null|Null|NULL|)$/;
const BOOL = /^(?:true|True|TRUE|false|False|FALSE)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+|[-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const INT = /^(?:[-+]?0b[01_]+|[-+]?0o?[0-7_]+|[-+]?[0-9_]+|[-+]?0x[0-9a-fA-F_]+)$/;
export function scalarKind(text: string): ScalarKind {
  const first = text[0];
  if (first === undefined) return 'null';
  if ((first >= '0' && first <= '9') || first === '-' || first === '+' || first === '.') {
    if (FLOAT.test(text)) return 'float';
    if (first !== '.' && INT.test(text)) return 'int';
    return text[4] === '-' && isDate(text) ? 'date' : 'string';
  }
  if (NULL.test(text)) return 'null';
  if (BOOL.test(text)) return 'bool';
  if (text === '<<') return 'merge';
  return text === '=' || text === '!' || text === '&' || text === '*' ? 'special' : 'string';
}

const SHORT_DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const isDate = (text: string): boolean => SHORT_DATE.test(text) || LONG_DATE.test(text);
/** In the long form, month and day may have one digit. */
const LONG_DATE =
  /^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[Tt]|[ \t]+)([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]*))?(?:[ \t]*(Z|([-+])([0-9]{1,2})(?::([0-9]{2}))?))?$/;

/** The value of a plain scalar. @throws RangeError for a number or date that has no value (`0b`, `2020-13-01`). */
export function scalarValue(text: string): PyKey {
  switch (scalarKind(text)) {
    case 'null':
      return null;
    case 'bool':
      return text[0] === 't' || text[0] === 'T';
    case 'int':
      return intValue(text);
    case 'float':
      return floatValue(text);
    case 'date':
      return dateValue(text);
    default:
      return text;
  }
}

function intValue(text: string): number | bigint {
  const bare = text.replaceAll('_', '');
  const negative = bare.startsWith('-');
  const digits = /^[-+]/.test(bare) ? bare.slice(1) : bare;
  const literal = /^0[box]/.test(digits) ? digits : digits.replace(/^0+(?=\d)/, '');
  if (!/\d|0x[a-fA-F]/.test(literal)) throw new RangeError(`invalid literal for int(): '${text}'`);
  const value = pyInt(BigInt(literal));
  return negative ? (value === 0 ? 0 : -value) : value;
}

function floatValue(text: string): ReturnType<typeof pyFloat> {
  const bare = text.replaceAll('_', '').toLowerCase();
  const negative = bare.startsWith('-');
  const digits = /^[-+]/.test(bare) ? bare.slice(1) : bare;
  if (digits === '.nan') return Number.NaN;
  const value = digits === '.inf' ? Number.POSITIVE_INFINITY : Number(digits);
  if (Number.isNaN(value)) throw new RangeError(`could not convert string to float: '${text}'`);
  return pyFloat(negative ? -value : value);
}

function dateValue(text: string): PyDate {
  const long = LONG_DATE.exec(text);
  const [year = '', month = '', day = ''] = long ? long.slice(1, 4) : text.split('-');
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  checkCalendar(Number(year), Number(month), Number(day), text);
  if (!long) return new PyDate(date);
  const [hour = '', minute = '', second = '', fraction, zone, sign, zoneHour, zoneMinute] = long.slice(4);
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) throw new RangeError(`'${text}' is not a time`);
  const micro = fraction ? microseconds(fraction) : 0;
  const dot = micro ? `.${String(micro).padStart(6, '0')}` : '';
  // A time with a zone `Z` or an offset is aware; the offset is printed as +hh:mm.
  const offset = sign ? `${sign}${(zoneHour ?? '').padStart(2, '0')}:${zoneMinute ?? '00'}` : zone ? '+00:00' : '';
  const time = `${hour.padStart(2, '0')}:${minute}:${second}${dot}${offset}`;
  return new PyDate(`${date}T${time}`, /[Tt]/.test(text), zone);
}

/** Six digits, rounded by the seventh; a round-up past the second is cut, as microseconds cannot carry here. */
function microseconds(fraction: string): number {
  const base = Number(fraction.slice(0, 6).padEnd(6, '0'));
  return Math.min(base + (Number(fraction[6] ?? 0) > 4 ? 1 : 0), 999_999);
}

function checkCalendar(year: number, month: number, day: number, text: string): void {
  const days = new Date(Date.UTC(year < 100 ? year + 400 : year, month, 0)).getUTCDate();
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > days) throw new RangeError(`'${text}' is not a date`);
}

/** How a value that is not text is written. `roundTrip` keeps the `T` and the zone of a date as they were written. */
export function scalarText(value: Exclude<PyKey, string>, roundTrip = false): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value instanceof PyDate) return dateText(value, roundTrip);
  if (typeof value === 'bigint' || Number.isInteger(value)) return String(value);
  const float = typeof value === 'number' ? value : value.value;
  if (Number.isNaN(float)) return '.nan';
  if (!Number.isFinite(float)) return float < 0 ? '-.inf' : '.inf';
  return pyFloatRepr(float);
}

function dateText(date: PyDate, roundTrip: boolean): string {
  if (!roundTrip) return date.iso.replace('T', ' ');
  const zoned = date.zone === undefined ? date.iso : date.iso.replace(/[-+]\d\d:\d\d$/, date.zone);
  return date.withT ? zoned : zoned.replace('T', ' ');
}
