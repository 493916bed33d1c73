import { DvcError } from '../core/errors.ts';

/** Refuses the names that `dvc stage add` refuses; a dvc.yaml written by hand may hold others. @throws `bad-name` */
export function checkStageName(name: string): void {
  if (name === '' || /[!-,./:-@[-^`{-~]/.test(name))
    throw new DvcError('bad-name', 'Stage name cannot contain punctuation characters.', {
      hint: 'Letters, digits, _ and - are fine.',
    });
}
