import { spawnSync } from 'node:child_process';

/**
 * What DVC's own library answers, asked in one batch: each request is JSON, each answer a text or an error.
 *
 * `dump` writes a new file, `edit` is DVC's way of changing one (read with comments, apply what differs, write), `load` gives
 * the value as JSON, `print` Python's JSON and repr of a value.
 */
export type Request =
  | { readonly do: 'dump'; readonly json: string }
  | { readonly do: 'edit'; readonly text: string; readonly json: string }
  | { readonly do: 'load'; readonly text: string }
  | { readonly do: 'print'; readonly json: string };
export type Answer = { readonly ok: string } | { readonly error: string };

const ORACLE = `
import datetime, io, json, sys, warnings
warnings.simplefilter("ignore")
from dvc.utils.collections import apply_diff
from dvc.utils.serialize import dumps_yaml, parse_yaml, parse_yaml_for_update

def plain(value):
    if isinstance(value, (datetime.date, datetime.datetime)):
        return {"!date": value.isoformat()}
    if isinstance(value, dict):
        return {"!map": [[plain(k), plain(v)] for k, v in value.items()]}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value

def answer(request):
    kind = request["do"]
    if kind == "load":
        return json.dumps(plain(parse_yaml(request["text"], "f")))
    value = json.loads(request["json"])
    if kind == "dump":
        return dumps_yaml(value)
    if kind == "edit":
        old = parse_yaml_for_update(request["text"], "f")
        apply_diff(value, old)
        return dumps_yaml(old)
    return json.dumps(value) + "\\n" + repr(value)

for line in sys.stdin:
    try:
        out = {"ok": answer(json.loads(line))}
    except BaseException as exc:
        out = {"error": type(exc).__name__ + ": " + str(exc)[:200]}
    print(json.dumps(out))
`;

/** @param python An interpreter that has `dvc` installed. */
export function askRuamel(python: string, requests: readonly Request[]): Answer[] {
  const input = requests.map((request) => JSON.stringify(request)).join('\n');
  const run = spawnSync(python, ['-c', ORACLE], { input, encoding: 'utf8', maxBuffer: 1 << 30 });
  if (run.status !== 0) throw new Error(`the oracle failed: ${run.stderr}`);
  return run.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
}
