import { isPyList, isPyMap, type PyValue, pyStr } from '../core/python.ts';
import { stringify } from '../files/template.ts';
import { TemplateError } from '../files/template-error.ts';

const LONGEST = 60;

/** A value in one short line; of a mapping its keys. */
export function shown(value: PyValue): string {
  const text = isPyMap(value) ? `{${[...value.keys()].map(pyStr).join(', ')}}` : pyStr(value);
  const line = isPyList(value) || isPyMap(value) ? text : text.replace(/\s+/g, ' ');
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}

/** A value as it reads in a command. */
export function asInCommand(value: PyValue): string {
  try {
    return stringify(value);
  } catch (error) {
    if (error instanceof TemplateError) return shown(value); // A list in a list of options.
    throw error;
  }
}
