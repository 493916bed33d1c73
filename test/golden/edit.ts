import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Edit } from './cases.ts';
import { git } from './environment.ts';

/** Makes one edit of a step. An existing file is replaced, never written through: it may be a link into the cache. */
export function applyEdit(repo: string, env: NodeJS.ProcessEnv, edit: Edit): void {
  if (edit.op === 'git') {
    git(path.join(repo, edit.cwd ?? '.'), env, edit.args);
    return;
  }
  const target = path.join(repo, edit.path);
  switch (edit.op) {
    case 'write':
      fs.mkdirSync(path.dirname(target), { recursive: true });
      fs.rmSync(target, { force: true });
      fs.writeFileSync(target, edit.base64 === undefined ? (edit.text ?? '') : Buffer.from(edit.base64, 'base64'));
      fs.chmodSync(target, Number.parseInt(edit.mode ?? '644', 8));
      break;
    case 'append':
      fs.appendFileSync(target, edit.text);
      break;
    case 'delete':
      fs.rmSync(target, { recursive: true });
      break;
    case 'rename':
      fs.mkdirSync(path.dirname(path.join(repo, edit.to)), { recursive: true });
      fs.renameSync(target, path.join(repo, edit.to));
      break;
    case 'chmod':
      fs.chmodSync(target, Number.parseInt(edit.mode, 8));
      break;
    case 'symlink':
      fs.mkdirSync(path.dirname(target), { recursive: true });
      fs.symlinkSync(edit.target, target);
      break;
    case 'mkdir':
      fs.mkdirSync(target, { recursive: true });
      break;
  }
}
