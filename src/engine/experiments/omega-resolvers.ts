import { isPyList, isPyMap, type PyValue, pyStr } from '../core/python.ts';
import { parseOmegaYaml } from '../files/omega-yaml.ts';
import { ExpressionError } from './omega-expression.ts';

/** What a resolver may ask for. */
export interface ResolverCall {
  readonly env: NodeJS.ProcessEnv;
  /** The value at a key path, or undefined where it has none. */
  find(keyPath: string): PyValue | undefined;
  /** The words that lead to it from the top. */
  place(keyPath: string): readonly string[] | undefined;
  /** Reads one element of the grammar. */
  decode(text: string): PyValue;
}

type Resolver = (args: readonly PyValue[], call: ResolverCall) => PyValue;

/** The resolvers that OmegaConf and Hydra bring. */
const RESOLVERS: Readonly<Record<string, Resolver>> = {
  'oc.env'([name, ...otherwise], { env }) {
    const found = env[pyStr(name ?? null)];
    if (found !== undefined) return found;
    const [value] = otherwise;
    if (value === undefined) throw new ExpressionError(`Environment variable '${pyStr(name ?? null)}' not found`);
    return value === null ? null : pyStr(value);
  },
  'oc.decode'([text = null], call) {
    if (text === null) return null;
    if (typeof text !== 'string')
      throw new ExpressionError(`oc.decode can only take strings or None as input, but got ${pyStr(text)}`);
    return call.decode(text);
  },
  'oc.create': ([value = null]) => (typeof value === 'string' ? parseOmegaYaml(value, 'oc.create') : value),
  'oc.select'([key, otherwise = null], call) {
    return call.find(pyStr(key ?? '')) ?? otherwise;
  },
  'oc.deprecated'([key], call) {
    const found = call.find(pyStr(key ?? ''));
    if (found === undefined) throw new ExpressionError(`oc.deprecated: there is no '${pyStr(key ?? '')}'`);
    return found;
  },
  'oc.dict.keys': ([target], call) => [...dictOf('oc.dict.keys', target, call).keys()],
  'oc.dict.values'([target], call) {
    const dict = dictOf('oc.dict.values', target, call);
    const place = typeof target === 'string' ? call.place(target) : undefined;
    return place === undefined
      ? [...dict.values()]
      : [...dict.keys()].map((key) => `\${${[...place, pyStr(key)].join('.')}}`);
  },
  now: ([pattern = '']) => formatTime(pyStr(pattern), new Date()),
};

/** @throws ExpressionError */
export function callResolver(name: string, args: readonly PyValue[], call: ResolverCall): PyValue {
  const resolver = RESOLVERS[name];
  if (resolver) return resolver(args, call);
  if (name === 'hydra')
    throw new ExpressionError("'hydra:' has a value only inside of a program that Hydra runs: HydraConfig was not set");
  throw new ExpressionError(
    `Unsupported interpolation type ${name}: resolvers that Python code brings are not run; there are ${Object.keys(RESOLVERS).join(', ')}`,
  );
}

function dictOf(name: string, target: PyValue | undefined, { find }: ResolverCall) {
  const value = typeof target === 'string' ? find(target) : target;
  if (value === undefined) throw new ExpressionError(`${name}: Key not found: '${pyStr(target ?? null)}'`);
  if (!isPyMap(value))
    throw new ExpressionError(`\`${name}\` cannot be applied to ${isPyList(value) ? 'a list' : 'a plain value'}`);
  return value;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** `strftime`, for the codes that name folders and runs. */
function formatTime(pattern: string, time: Date): string {
  return pattern.replace(/%([a-zA-Z%])/g, (whole, code: string) => {
    const codes: Readonly<Record<string, () => string>> = {
      Y: () => String(time.getFullYear()),
      y: () => two(time.getFullYear() % 100),
      m: () => two(time.getMonth() + 1),
      d: () => two(time.getDate()),
      H: () => two(time.getHours()),
      I: () => two(time.getHours() % 12 || 12),
      M: () => two(time.getMinutes()),
      S: () => two(time.getSeconds()),
      p: () => (time.getHours() < 12 ? 'AM' : 'PM'),
      j: () => String(dayOfYear(time)).padStart(3, '0'),
      F: () => `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`,
      T: () => `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`,
      s: () => String(Math.floor(time.getTime() / 1000)),
      '%': () => '%',
    };
    return codes[code]?.() ?? whole;
  });
}

const dayOfYear = (time: Date): number =>
  (Date.UTC(time.getFullYear(), time.getMonth(), time.getDate()) - Date.UTC(time.getFullYear(), 0, 0)) / 86_400_000;
