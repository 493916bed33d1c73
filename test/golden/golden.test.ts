import * as assert from 'node:assert/strict';
import * as path from 'node:path';
import { caseNames, loadCase, type Selection } from './cases.ts';
import { replay } from './replay.ts';
import { SELECTION } from './selection.ts';

/**
 * The folder of cases: those of this repository, or (`LODE_GOLDEN_DIR`) another set, which is then run whole.
 * `LODE_GOLDEN_CASES` picks numbers of it; `LODE_CLI_COMMAND` names another program in place of Lode's CLI.
 */
const elsewhere = process.env['LODE_GOLDEN_DIR'];
const folder = path.resolve(elsewhere ?? 'test/fixtures/golden');
const names = caseNames(folder);
const picked = process.env['LODE_GOLDEN_CASES']?.split(',');
const cli = process.env['LODE_CLI_COMMAND']?.split(' ') ?? [process.execPath, path.resolve('dist/cli.js')];
const selection: readonly Selection[] = (
  elsewhere ? names.map((name) => ({ number: name.slice(0, 2) })) : SELECTION
).filter(({ number }) => picked?.includes(number) ?? true);

describe('golden: the same files as real DVC 3.67.1, byte for byte', function () {
  this.timeout(600_000);
  let umask: number;
  before(() => {
    umask = process.umask(0o022);
  });
  after(() => {
    process.umask(umask);
  });

  it('has every case it names', () => {
    const missing = selection.filter(({ number }) => !names.some((name) => name.startsWith(`${number}-`)));
    assert.deepEqual(missing, []);
  });

  for (const { number, before } of [...selection].sort((a, b) => a.number.localeCompare(b.number))) {
    const name = names.find((candidate) => candidate.startsWith(`${number}-`));
    if (name === undefined) continue; // Said by the test above.
    it(`${name}${before ? ` up to ${before}` : ''}`, async () => {
      const found = await replay(loadCase(path.join(folder, name), before), cli);
      if (found !== undefined) assert.fail(found);
    });
  }
});
