import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

/** A folder with a dvc.yaml, and the `parsing` section of the config to read it with. */
export interface Project {
  readonly files: Readonly<Record<string, string>>;
  readonly parsing?: Readonly<Record<string, string>>;
}

/** What DVC makes of it: its parts as plain data, its refusal, or (`crash`) an exception it never meant to show. */
export type Answer =
  | { readonly ok: unknown }
  | { readonly schema: readonly unknown[] }
  | { readonly error: string }
  | { readonly crash: string };

const ORACLE = `
import json, logging, os, re, sys, warnings
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from dvc.dependency import ParamsDependency
from dvc.dvcfile import load_file
from dvc.parsing.interpolate import to_str
from dvc.exceptions import DvcException
from dvc.repo import Repo
from dvc.utils.serialize import parse_yaml_for_update
from dvc.utils.strictyaml import YAMLValidationError, determine_linecol

def as_text(value):
    # What stands alone keeps its type in DVC until something fails on it; Lode has texts where texts are meant.
    return value if value is None else str(value)

def as_texts(values):
    if any(isinstance(value, (dict, list)) for value in values):
        raise ValueError("a text is expected")
    return [str(value) for value in values]

def command(cmd):
    if isinstance(cmd, dict) or isinstance(cmd, list) and any(isinstance(line, dict) for line in cmd):
        raise ValueError("a dict is no command")
    return [to_str(line) for line in cmd] if isinstance(cmd, list) else to_str(cmd)

def out(o):
    return dict(path=str(o.def_path), kind="plot" if o.plot else "metric" if o.metric else "out", cache=o.use_cache,
        persist=bool(o.persist), push=o.can_push, remote=as_text(o.remote), desc=as_text(o.annot.desc), type=as_text(o.annot.type),
        labels=list(o.annot.labels or []), meta=o.annot.meta or None, plot=o.plot if isinstance(o.plot, dict) else {})

def stage(s):
    params = [d for d in s.deps if isinstance(d, ParamsDependency)]
    return dict(name=s.name, cmd=command(s.cmd), wdir=os.path.relpath(s.wdir), deps=[str(d.def_path) for d in s.deps if d not in params],
        params=[[d.def_path, [str(p) for p in d.params] or "all"] for d in params], outs=[out(o) for o in s.outs], frozen=s.frozen,
        always_changed=s.always_changed, desc=as_text(s.desc), meta=s.meta, parametrized=s.raw_data.parametrized,
        group=s.raw_data.generated_from)

def answer(repo):
    try:
        f = load_file(repo, os.path.abspath("dvc.yaml"))
        stages = [stage(s) for s in f.stages.values()]
        return {"ok": dict(stages=stages, metrics=as_texts(f.metrics), plots=f.plots, params=as_texts(f.params),
            artifacts={k: {**v, "path": str(v["path"])} for k, v in f.artifacts.items()}, datasets=f.datasets)}
    except YAMLValidationError as exc:
        data = parse_yaml_for_update(exc.text, exc.path)
        return {"schema": [[e.error_message, [str(p) for p in e.path], *determine_linecol(data, e.path)[:2]]
            for e in exc.exc.errors]}
    except DvcException as exc:
        return {"error": re.sub("\\x1b\\[[0-9;]*m", "", str(exc))}
    except BaseException as exc:
        return {"crash": type(exc).__name__ + ": " + str(exc)[:200]}

cases = json.load(sys.stdin)
os.makedirs(".dvc/tmp", exist_ok=True)
with open(".dvc/config", "w") as fobj:
    fobj.write("[core]\\n    no_scm = True\\n")
root = os.getcwd()
repo = Repo(root)
answers = []
for number, case in enumerate(cases):
    folder = os.path.join(root, str(number))
    for name, text in case["files"].items():
        file = os.path.join(folder, name)
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(file, "w", encoding="utf-8", newline="") as fobj:
            fobj.write(text)
    os.chdir(folder)
    repo.config["parsing"] = case.get("parsing", {})
    answers.append(answer(repo))
print(json.dumps(answers, default=str))
`;

/**
 * What DVC itself reads from each project.
 *
 * @param python An interpreter that has `dvc` installed.
 */
export function askDvc(python: string, projects: readonly Project[]): Answer[] {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lode-dvc-yaml-'));
  try {
    const home = path.join(folder, '.home');
    fs.mkdirSync(home);
    const env = { ...process.env, HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home, DVC_NO_ANALYTICS: '1' };
    const run = spawnSync(python, ['-c', ORACLE], {
      cwd: folder,
      input: JSON.stringify(projects),
      encoding: 'utf8',
      maxBuffer: 1 << 30,
      env: {
        ...env,
        DVC_SITE_CACHE_DIR: home,
        DVC_SYSTEM_CONFIG_DIR: home,
        DVC_GLOBAL_CONFIG_DIR: home,
        NO_COLOR: '1',
      },
    });
    if (run.status !== 0) throw new Error(`the oracle failed: ${run.stderr}`);
    return JSON.parse(run.stdout.replaceAll(/\bNaN\b|-?\bInfinity\b/g, 'null')) as Answer[];
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
