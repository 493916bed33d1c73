import type { ResumeSlot } from '../../src/engine/remote/backend.ts';

/** A note that is kept as long as the test runs. */
export function memorySlot(): ResumeSlot {
  let note: string | undefined;
  return {
    load: () => note,
    save: (text) => {
      note = text;
    },
    clear: () => {
      note = undefined;
    },
  };
}
