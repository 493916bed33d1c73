import * as fs from 'node:fs';
import * as path from 'node:path';
import { sweepOnce, tempName } from './temp-name.ts';

/** `ext4 on /dev/sda1` for the mount that holds `target`; undefined where the platform does not say. */
export function fileSystemOf(target: string): string | undefined {
  let mounts: string;
  let real: string;
  try {
    mounts = fs.readFileSync('/proc/self/mounts', 'utf8');
    real = fs.realpathSync(target);
  } catch {
    return undefined;
  }
  let best: { point: string; text: string } | undefined;
  for (const line of mounts.split('\n')) {
    const [device, point, type] = line.split(' ').map(unescapeOctal);
    if (device === undefined || point === undefined || type === undefined) continue;
    const holds = real === point || real.startsWith(point.endsWith('/') ? point : `${point}/`);
    // Of two mounts on one point the later one is seen.
    if (holds && (!best || point.length >= best.point.length)) best = { point, text: `${type} on ${device}` };
  }
  return best?.text;
}

const unescapeOctal = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

/** Which links from `source` into `target` work, found by making them; both folders exist and are left as they were. */
export function workingLinks(source: string, target: string): ('reflink' | 'hardlink' | 'symlink')[] {
  sweepOnce(source);
  sweepOnce(target);
  const from = path.join(source, tempName());
  const to = path.join(target, tempName());
  const works = (make: () => void): boolean => {
    try {
      make();
      return true;
    } catch {
      return false; // Any failure means that this kind of link cannot be used here.
    } finally {
      fs.rmSync(to, { force: true });
    }
  };
  try {
    if (!works(() => fs.writeFileSync(from, '', { flag: 'wx' }))) return [];
    const links = {
      reflink: () => fs.copyFileSync(from, to, fs.constants.COPYFILE_FICLONE_FORCE),
      hardlink: () => fs.linkSync(from, to),
      symlink: () => fs.symlinkSync(from, to),
    };
    return (['reflink', 'hardlink', 'symlink'] as const).filter((type) => works(links[type]));
  } finally {
    fs.rmSync(from, { force: true });
  }
}
