import type { ArgumentSpec } from '../spec.ts';
import { DEFAULT_PRECISION } from '../value-text.ts';

export const PRECISION: ArgumentSpec = {
  flags: ['--precision'],
  type: 'int',
  metavar: '<n>',
  help: `Digits after the point in tables; ${DEFAULT_PRECISION} unless told.`,
};

export const FOLDERS_TOO: ArgumentSpec = {
  flags: ['-R', '--recursive'],
  action: 'flag',
  help: 'Take all files below targets that are folders; they are taken without it as well.',
};
