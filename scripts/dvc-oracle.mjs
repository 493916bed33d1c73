// Real DVC for the live comparison: a private Python environment in .cache/dvc-venv, made once.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { capture, ROOT } from './command.mjs';

const HOME = path.join(ROOT, '.cache/dvc-venv');
const REQUIREMENTS = path.join(ROOT, 'test/live/requirements.txt');
const PYTHONS = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3.9', 'python'];
/** What a usable Python says yes to: new enough for DVC 3.67, and with what `venv` needs. */
const USABLE = 'import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 9) else 1)';

const inVenv = (name) =>
  path.join(HOME, ...(process.platform === 'win32' ? ['Scripts', `${name}.exe`] : ['bin', name]));

/** @returns {{ dvc: string, python: string } | { missing: string }} DVC and its Python, or why there are none. */
export function ensureDvc() {
  if (process.env.LODE_DVC && process.env.LODE_DVC_PYTHON)
    return { dvc: process.env.LODE_DVC, python: process.env.LODE_DVC_PYTHON };
  const found = { dvc: inVenv('dvc'), python: inVenv('python') };
  const wanted = createHash('sha256').update(fs.readFileSync(REQUIREMENTS)).digest('hex');
  const stamp = path.join(HOME, 'lode-stamp');
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted && fs.existsSync(found.dvc)) return found;
  const python = PYTHONS.find((name) => spawnSync(name, ['-c', USABLE], { stdio: 'ignore' }).status === 0);
  if (!python) return { missing: 'no Python 3.9 or newer with venv was found' };
  console.log('Installing real DVC into .cache/dvc-venv …');
  fs.rmSync(HOME, { recursive: true, force: true });
  fs.mkdirSync(path.dirname(HOME), { recursive: true });
  try {
    capture(python, ['-m', 'venv', HOME]);
    capture(found.python, [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--no-input',
      '-r',
      REQUIREMENTS,
    ]);
  } catch (error) {
    return { missing: `DVC could not be installed: ${error.message}` };
  }
  fs.writeFileSync(stamp, wanted);
  return found;
}
