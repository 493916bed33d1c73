import { type PyValue, pyStr } from '../core/python.ts';
import type { TreeDiff } from '../hash/tree.ts';
import type { ChangeReason } from './change-reason.ts';

/** One cause, with a sentence for people and what stands behind it. */
export interface ExplainedReason {
  readonly reason: ChangeReason;
  readonly text: string;
  readonly details: readonly string[];
}

const SHOWN_FILES = 10;

/** A reason in a sentence, and what is behind it. */
export function explain(reason: ChangeReason): ExplainedReason {
  switch (reason.kind) {
    case 'dependency':
    case 'output': {
      const digests =
        reason.old && reason.new ? ` (${reason.old.value.slice(0, 8)} → ${reason.new.value.slice(0, 8)})` : '';
      const lost = reason.missing?.length ?? 0;
      const count = lost > 0 ? ` (${lost} ${lost === 1 ? 'object' : 'objects'})` : '';
      return {
        reason,
        text: `${reason.kind} ${reason.path} ${reason.word}${digests}${count}`,
        details: [...fileDetails(reason.files), ...(reason.missing ?? []).slice(0, SHOWN_FILES)],
      };
    }
    case 'params-file':
      return { reason, text: `params file ${reason.file} ${reason.word}`, details: [] };
    case 'param':
      return { reason, text: `${reason.file}:${reason.key} ${shown(reason.old)} → ${shown(reason.new)}`, details: [] };
    case 'always-changed':
      return { reason, text: 'always changed', details: [] };
    case 'command':
      return { reason, text: 'command changed', details: [`- ${command(reason.old)}`, `+ ${command(reason.new)}`] };
    case 'checksum':
      return { reason, text: 'the file was changed by hand: its checksum is not what it says', details: [] };
  }
}

function fileDetails(files: TreeDiff | undefined): string[] {
  if (!files) return [];
  const all = [
    ...files.added.map((file) => `+ ${file}`),
    ...files.modified.map((file) => `~ ${file}`),
    ...files.deleted.map((file) => `- ${file}`),
  ];
  return all.length <= SHOWN_FILES ? all : [...all.slice(0, SHOWN_FILES), `… and ${all.length - SHOWN_FILES} more`];
}

const shown = (value: PyValue | undefined): string => (value === undefined ? '(none)' : pyStr(value));
const command = (cmd: string | readonly string[] | undefined): string =>
  cmd === undefined ? '(none)' : typeof cmd === 'string' ? cmd : cmd.join(' && ');
