"""Answers DVC command lines without starting Python for each: DVC is imported once, every command runs in a fork.

One JSON object a line on standard input: {"cwd": …, "env": {…}, "commands": [[…], …]}.
One a line on standard output: [{"code": …, "stdout": …, "stderr": …}, …].
"""
import importlib
import json
import os
import sys
import tempfile


def run(job):
    """Each command in a process of its own, as from a shell; what they print goes through files, never a full pipe."""
    answers = []
    for argv in job["commands"]:
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            pid = os.fork()
            if pid == 0:
                child(argv, job, out, err)
            _, status = os.waitpid(pid, 0)
            out.seek(0)
            err.seek(0)
            answers.append(
                {
                    "code": os.waitstatus_to_exitcode(status),
                    "stdout": out.read().decode(errors="replace"),
                    "stderr": err.read().decode(errors="replace"),
                }
            )
    return answers


def child(argv, job, out, err):
    code = 99
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        os.environ.clear()
        os.environ.update(job["env"])
        os.chdir(job["cwd"])
        sys.argv = ["dvc", *argv]
        from dvc.cli import main

        try:
            code = main(list(argv))
        except SystemExit as exc:
            code = exc.code if isinstance(exc.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code or 0)


def learn_modules():
    """Imports here what a first command imports, so that later forks find it loaded."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            from dvc.cli import main

            open("x", "w").close()
            for argv in (["init", "--no-scm", "-q"], ["add", "x", "-q"], ["status", "-q"], ["data", "status"], ["gc", "-w", "-f"]):
                try:
                    main(argv)
                except BaseException:  # noqa: BLE001 - only the imports matter
                    pass
        with os.fdopen(writer, "w") as pipe:
            json.dump(sorted(sys.modules), pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        names = json.load(pipe)
    os.waitpid(pid, 0)
    for name in names:
        if name.split(".")[0] in ("dvc", "dvc_data", "dvc_objects", "scmrepo", "dulwich", "ruamel", "fsspec", "diskcache", "pathspec", "networkx"):
            try:
                importlib.import_module(name)
            except Exception:  # noqa: BLE001 - an optional module
                pass


learn_modules()
for name in sys.argv[1:]:
    importlib.import_module(name)
import gc; gc.collect(); gc.freeze()
answers_to = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
print("{}", file=answers_to, flush=True)
for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), file=answers_to, flush=True)
