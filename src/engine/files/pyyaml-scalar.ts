import { type PyKey, pyFloat, pyInt } from '../core/python.ts';

/** What a plain scalar means by YAML 1.1, as PyYAML has it: `yes` is true, `010` is 8, `1:30` is 90. */
export type PyYamlKind = 'null' | 'bool' | 'int' | 'float' | 'date' | 'special' | 'string';

const NULL = /^(?:~|null|Null|NULL|)$/;
const BOOL = /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/;
const TRUE = /^(?:yes|true|on)$/i;
const INT =
  /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
/** What OmegaConf takes for a float besides: `1e3`, `1.5e3`. */
const MORE_FLOAT =
  /^(?:[-+]?[0-9]+(?:_[0-9]+)*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+(?:_[0-9]+)*[eE][-+]?[0-9]+|\.[0-9]+(?:_[0-9]+)*(?:[eE][-+][0-9]+)?)$/;
const DATE =
  /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/;

/** As PyYAML decides whether a text may stand without quotes. */
export function pyYamlKind(text: string): PyYamlKind {
  if (NULL.test(text)) return 'null';
  if (BOOL.test(text)) return 'bool';
  if (/^[-+0-9.]/.test(text)) {
    if (FLOAT.test(text)) return 'float';
    if (INT.test(text)) return 'int';
    return DATE.test(text) ? 'date' : 'string';
  }
  return text === '=' || text === '<<' || text === '!' || text === '&' || text === '*' ? 'special' : 'string';
}

/** The value of a plain scalar as OmegaConf reads it: dates are text. @throws RangeError for what has no value */
export function omegaScalar(text: string): PyKey {
  switch (pyYamlKind(text)) {
    case 'null':
      return null;
    case 'bool':
      return TRUE.test(text);
    case 'int':
      return pyYamlInt(text);
    case 'float':
      return pyYamlFloat(text);
    case 'special':
      throw new RangeError(`could not determine a constructor for '${text}'`);
    default:
      return MORE_FLOAT.test(text) ? pyYamlFloat(text) : text;
  }
}

export function pyYamlInt(text: string): number | bigint {
  const [sign, digits] = signed(text);
  let value: bigint;
  if (digits.includes(':')) value = digits.split(':').reduce((sum, part) => sum * 60n + BigInt(part), 0n);
  else if (/^0[bx]./.test(digits)) value = BigInt(digits);
  else if (/^0[0-7]+$/.test(digits)) value = BigInt(`0o${digits.slice(1)}`);
  else if (/^[0-9]+$/.test(digits)) value = BigInt(digits);
  else throw new RangeError(`invalid literal for int(): '${text}'`);
  return pyInt(sign < 0 ? -value : value);
}

export function pyYamlFloat(text: string): ReturnType<typeof pyFloat> {
  const [sign, digits] = signed(text.toLowerCase());
  if (digits === '.inf') return sign * Number.POSITIVE_INFINITY;
  if (digits === '.nan') return Number.NaN;
  const value = digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  if (Number.isNaN(value)) throw new RangeError(`could not convert string to float: '${text}'`);
  return pyFloat(sign * value);
}

function signed(text: string): [sign: 1 | -1, digits: string] {
  const bare = text.replaceAll('_', '');
  return [bare.startsWith('-') ? -1 : 1, bare.replace(/^[-+]/, '')];
}
