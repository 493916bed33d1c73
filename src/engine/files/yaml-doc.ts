import type { PyValue } from '../core/python.ts';
import { nodeOf } from './yaml-build.ts';
import { emitYaml } from './yaml-emit.ts';

/** A value as DVC writes it into a new file. */
export const dumpYaml = (value: PyValue): string => emitYaml(nodeOf(value));
