import { scalarKind, scalarText, scalarValue } from './yaml-scalar.ts';

/**
 * A number, date, truth value or null of an edited file as DVC's library writes it back: its spelling is mostly kept
 * (`0x1F`, `1_000`, `007`, `1e3`, `.5`), with the library's slips (`-0x1f` becomes `0x-1f`).
 */
export function respellScalar(text: string): string {
  switch (scalarKind(text)) {
    case 'int':
      return respellInt(text);
    case 'float':
      return respellFloat(text);
    default: {
      const value = scalarValue(text);
      return typeof value === 'string' ? value : scalarText(value, true);
    }
  }
}

function respellInt(text: string): string {
  const bare = text.replaceAll('_', '');
  const digits = bare.replace(/^[-+]/, '');
  const base = /^0[box]/.exec(digits)?.[0] ?? '';
  const body = digits.slice(base.length);
  const value = BigInt(base ? digits : body.replace(/^0+(?=\d)/, ''));
  const sign = bare.startsWith('-') && value !== 0n ? '-' : '';
  const radix = base === '0b' ? 2 : base === '0o' ? 8 : base === '0x' ? 16 : 10;
  // Leading zeros are kept as a width, in which a minus sign counts.
  const width = body.startsWith('0') ? body.length : 0;
  let written = value.toString(radix);
  if (base === '0x' && /[A-F]/.test(/[a-fA-F]/.exec(body)?.[0] ?? '')) written = written.toUpperCase();
  written = sign + written.padStart(width - sign.length, '0');
  return base + underscored(text, written, base);
}

/** Underscores come back at the distance of the last one, and at either end where they stood there. */
function underscored(source: string, written: string, base: string): string {
  const trimmed = source.replace(/_+$/, '');
  const last = trimmed.lastIndexOf('_');
  if (last < 0) return written;
  const chars = [...written];
  const group = trimmed.length - last - 1;
  for (let at = written.length - group; group > 0 && at > 0; at -= group) chars.splice(at, 0, '_');
  const front = base !== '' && source[2] === '_' ? '_' : '';
  const back = source.endsWith('_') && source.slice(base.length).length > 1 ? '_' : '';
  return front + chars.join('') + back;
}

function respellFloat(text: string): string {
  const value = scalarValue(text);
  const float = typeof value === 'number' ? value : Number((value as { value: number }).value);
  if (!Number.isFinite(float)) return scalarText(Number.isNaN(float) ? Number.NaN : float);
  const exponent = /[eE]/.exec(text.replaceAll('_', ''));
  return exponent ? respellExponent(text, float) : respellFixed(text, float);
}

function respellFixed(text: string, value: number): string {
  const sign = /^[-+]/.exec(text)?.[0] ?? '';
  const [width, dot] = [text.length, text.indexOf('.')];
  if (dot > 0 && dot === width - 1) return `${sign}${BigInt(Math.trunc(Math.abs(value)))}.`;
  let written = sign + fixed(Math.abs(value), width - dot - 1).padStart(width - sign.length, '0');
  if (dot === 0 || (dot === 1 && sign !== '')) written = written.replaceAll('0.', '.');
  return written.padEnd(width, '0');
}

/** `format(value, '.Nf')`, which toFixed refuses from 1e21 on and beyond 100 places. */
function fixed(value: number, places: number): string {
  const short = value < 1e21 ? value.toFixed(Math.min(places, 100)) : `${BigInt(value)}.`;
  return places > 100 || value >= 1e21 ? short.padEnd(short.indexOf('.') + 1 + places, '0') : short;
}

function respellExponent(text: string, value: number): string {
  const mark = text.includes('e') ? 'e' : 'E';
  const [mantissa = '', exponent = ''] = text.split(mark);
  const sign = /^[-+]/.exec(text)?.[0] ?? '';
  const width = mantissa.length - sign.length;
  const dot = mantissa.indexOf('.');
  const zeros = /^[0.]*/.exec(mantissa)?.[0].replaceAll('.', '').length ?? 0;
  let [head = '', power = 0] = splitExponent(value, width + (sign ? 1 : 0));
  head = head.slice(0, (dot > 0 ? width : width + 1) + (value < 0 ? 1 : 0));
  let [whole = '', part = ''] = head.split('.');
  part = part.padEnd(Math.max(part.length, width - (dot >= 0 ? 1 : 0) - whole.length), '0');
  if (sign === '+' && value > 0) whole = `+${whole}`;
  if (dot < 0) {
    if (part !== '0') power -= part.length;
    else part = '';
    while (whole.length + part.length - (sign ? 1 : 0) < width) {
      part += '0';
      power -= 1;
    }
    return whole + part + mark + exponentText(power, exponent);
  }
  if (dot === 0) return `${whole}${part}.${mark}${exponentText(power - part.length, exponent)}`;
  if (zeros > 0) {
    part = ('0'.repeat(zeros - 1) + whole + part).slice(0, -zeros);
    whole = '0';
    power += zeros;
  }
  while (whole.length < dot && part !== '') {
    whole += part[0];
    part = part.slice(1);
    power -= 1;
  }
  return `${whole}.${part}${mark}${exponentText(power, exponent)}`;
}

const splitExponent = (value: number, places: number): [string, number] => {
  const [head = '', power = '0'] = value.toExponential(Math.min(places, 100)).split('e');
  return [head.includes('.') ? head : `${head}.`, Number(power)];
};

/** `format(power, '0Nd')` with the width and the explicit sign of the source's exponent. */
function exponentText(power: number, source: string): string {
  const sign = power < 0 ? '-' : /^[-+]/.test(source) ? '+' : '';
  return sign + String(Math.abs(power)).padStart(source.length - sign.length, '0');
}
