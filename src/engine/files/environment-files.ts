/** What files of a repository say of the environment its code runs in. Values by name; a version as the file has it. */
export interface DeclaredEnvironment {
  /** `Python`, `Node`. */
  readonly runtimes: ReadonlyMap<string, string>;
  readonly packages: ReadonlyMap<string, string>;
}

type Pairs = readonly (readonly [name: string, version: string])[];

interface Reader {
  readonly fits: RegExp;
  /** Exact versions: these count, whatever a looser file says. */
  readonly isLock?: boolean;
  runtimes?(text: string): Pairs;
  packages?(text: string): Pairs;
}

const found = (text: string, pattern: RegExp): string[][] => [...text.matchAll(pattern)].map((match) => [...match]);
const pairs = (text: string, pattern: RegExp): Pairs =>
  found(text, pattern).map(([, name = '', version = '']) => [name.toLowerCase(), version.replace(/^=+\s*/, '')]);
const first = (name: string, text: string, pattern: RegExp): Pairs => {
  const value = pattern.exec(text)?.[1];
  return value === undefined ? [] : [[name, value]];
};

const READERS: readonly Reader[] = [
  { fits: /^\.python-version$/, runtimes: (text) => first('Python', text, /^\s*([^\s#]+)/) },
  { fits: /^\.(nvmrc|node-version)$/, runtimes: (text) => first('Node', text, /^\s*v?([^\s#]+)/) },
  {
    fits: /^pyproject\.toml$/,
    runtimes: (text) => first('Python', text, /^\s*requires-python\s*=\s*["']([^"']+)["']/m),
  },
  {
    fits: /^requirements[\w.-]*\.txt$/,
    packages: (text) =>
      pairs(text, /^[ \t]*([\w.-]+)(?:\[[^\]\n]*\])?[ \t]*((?:===?|~=|>=|<=|!=|<|>)[ \t]*[^;#\s\\]+)/gm),
  },
  {
    fits: /^(environment|conda)\.ya?ml$/,
    runtimes: (text) => first('Python', text, /^\s*-\s*["']?python\s*=+\s*([\w.*]+)/m),
    packages: (text) => pairs(text, /^\s*-\s*["']?(?!python\s*=)([\w.-]+)\s*(={1,2}\s*[\w.*+]+)/gm),
  },
  {
    fits: /^(uv|poetry|pdm)\.lock$/,
    isLock: true,
    packages: (text) => pairs(text, /^\[\[package\]\]\r?\nname = "([^"\n]+)"\r?\nversion = "([^"\n]+)"/gm),
  },
];

/** Names of the files that are read, in the top folder of a repository. */
export const isEnvironmentFile = (name: string): boolean => READERS.some(({ fits }) => fits.test(name));

/** @param files Texts by name. Nothing is thrown for what is written otherwise than expected: it says nothing. */
export function declaredEnvironment(files: ReadonlyMap<string, string>): DeclaredEnvironment {
  const [runtimes, packages] = [new Map<string, string>(), new Map<string, string>()];
  const take = (into: Map<string, string>, values: Pairs, isStronger: boolean): void => {
    for (const [name, version] of values) if (isStronger || !into.has(name)) into.set(name, version);
  };
  for (const { fits, isLock = false, runtimes: runtimesOf, packages: packagesOf } of READERS)
    for (const [name, text] of files) {
      if (!fits.test(name)) continue;
      take(runtimes, runtimesOf?.(text) ?? [], isLock);
      take(packages, packagesOf?.(text) ?? [], isLock);
    }
  return { runtimes, packages };
}
