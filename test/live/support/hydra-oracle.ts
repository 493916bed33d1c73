import { spawnSync } from 'node:child_process';

/** A Hydra configuration, and what is asked of it. */
export interface HydraCase {
  /** Below the folder of the configuration. */
  readonly files: Readonly<Record<string, string>>;
  readonly overrides?: readonly string[];
  /** Of the first file; `config` unless told. */
  readonly name?: string;
}

/** Composes each configuration with DVC's own function; one case that fails is a line of its error. */
const ORACLE = `
import json, os, sys, tempfile, warnings
warnings.simplefilter("ignore")
from dvc.utils.hydra import compose_and_dump

def answer(case):
    out = os.path.join(tempfile.mkdtemp(dir=os.getcwd()), "params.yaml")
    try:
        compose_and_dump(out, case["folder"], None, case["name"], os.getcwd(), case["overrides"])
    except Exception as exc:
        return {"error": type(exc).__name__ + ": " + str(exc)}
    with open(out, encoding="utf-8", newline="") as file:
        return {"ok": file.read()}

print(json.dumps([answer(case) for case in json.load(sys.stdin)]))
`;

export type HydraAnswer = { readonly ok: string } | { readonly error: string };

/** @param cwd A folder that may be written into. */
export function askHydra(
  python: string,
  cwd: string,
  cases: readonly { readonly folder: string; readonly name: string; readonly overrides: readonly string[] }[],
  env: NodeJS.ProcessEnv,
): HydraAnswer[] {
  const run = spawnSync(python, ['-c', ORACLE], {
    cwd,
    input: JSON.stringify(cases),
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    env,
  });
  if (run.status !== 0) throw new Error(`the oracle failed: ${run.stderr}`);
  return JSON.parse(run.stdout) as HydraAnswer[];
}
