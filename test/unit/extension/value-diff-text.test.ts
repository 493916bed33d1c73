import * as assert from 'node:assert/strict';
import { guessedDirection } from '../../../src/engine/metrics/direction.ts';
import { valueDiffMarkdown } from '../../../src/extension/experiments/value-diff-text.ts';

const WORDS = {
  title: 'Metrics Diff',
  key: 'Metric',
  change: 'Change',
  nothing: 'No metric differs.',
  better: 'better',
  worse: 'worse',
  failed: 'Not read: {0}',
};

describe('values of two revisions as Markdown', () => {
  it('are a table for each file, with what is better', () => {
    const text = valueDiffMarkdown(
      {
        names: ['main', 'workspace'],
        files: [
          {
            file: 'm.json',
            lines: [
              { key: 'acc', old: '0.5', new: '0.75', diff: '0.25' },
              { key: 'loss', old: '1', new: '2', diff: '1' },
              { key: 'n', old: '', new: '3', diff: undefined },
              { key: 'size', old: '3', new: '1', diff: '-2' },
            ],
          },
        ],
        failed: ['main'],
        directionOf: (_, keys) => guessedDirection(keys),
      },
      WORDS,
    );
    assert.equal(
      text,
      `# Metrics Diff

\`main\` → \`workspace\`

> ⚠ Not read: main

## \`m.json\`

| Metric | main | workspace | Change |
| --- | ---: | ---: | :--- |
| \`acc\` | 0.5 | 0.75 | **+0.25** ▲ better |
| \`loss\` | 1 | 2 | +1 ▼ worse |
| \`n\` | – | 3 |  |
| \`size\` | 3 | 1 | −2 |
`,
    );
  });

  it('say so where nothing differs, and take no name for Markdown', () => {
    const lines = [{ key: '<b>|x`', old: '[a](b)', new: '<img src=x>', diff: undefined }];
    const base = { names: ['a', 'b'] as const, failed: [], directionOf: undefined };
    assert.match(valueDiffMarkdown({ ...base, files: [] }, WORDS), /\n\nNo metric differs\.\n$/);
    const text = valueDiffMarkdown({ ...base, files: [{ file: 'p.yaml', lines }] }, WORDS);
    assert.match(text, /\| \\<b\\>\\\|x\\` \| \\\[a\\\]\(b\) \| \\<img src=x\\> \|/);
  });
});
