import { DvcError } from '../core/errors.ts';
import { pyEquals } from '../core/python.ts';
import { changeYaml, parseYaml } from '../files/yaml-doc.ts';

/**
 * A file as DVC itself would write it the next time it has to: its indentation and line width; comments and order stay.
 *
 * Undefined where it cannot be read, or would not come out the same in meaning: then it is left alone.
 */
export function reformatted(text: string): string | undefined {
  try {
    const before = parseYaml(text, 'dvc.yaml');
    if (before === null) return undefined;
    const written = changeYaml(text, []);
    return pyEquals(before, parseYaml(written, 'dvc.yaml')) && changeYaml(written, []) === written
      ? written
      : undefined;
  } catch (error) {
    if (error instanceof DvcError) return undefined;
    throw error;
  }
}
