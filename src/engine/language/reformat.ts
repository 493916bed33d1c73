import { DvcError } from '../core/errors.ts';
import { pyEquals } from '../core/python.ts';
import { changeYaml, parseYaml } from '../files/yaml-doc.ts';

/** DVC's writer comes to rest at once but for odd comments and blanks, and there soon. */
const MOST_ROUNDS = 5;

/**
 * A file as DVC itself would write it the next time it has to: its indentation and line width; comments and order stay.
 *
 * Undefined where it cannot be read, or would not come out the same in meaning: then it is left alone.
 */
export function reformatted(text: string): string | undefined {
  try {
    const before = parseYaml(text, 'dvc.yaml');
    if (before === null) return undefined;
    let written = text;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const next = changeYaml(written, []);
      if (!pyEquals(before, parseYaml(next, 'dvc.yaml'))) return undefined;
      if (next === written) return written;
      written = next;
    }
    return undefined;
  } catch (error) {
    if (error instanceof DvcError) return undefined;
    throw error;
  }
}
