import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { REMOTES } from '../../../src/engine/files/config-schema.ts';

describe('the documentation of remotes', () => {
  const text = fs.readFileSync('docs/remotes.md', 'utf8');
  /** The names in the first columns of the tables below a heading; '' is what stands before all headings. */
  const rowsBelow = (heading: string): Set<string> => {
    const part =
      heading === '' ? text.split(/^## /m)[0] : text.split(/^## /m).find((one) => one.startsWith(`${heading}\n`));
    assert.ok(part !== undefined, `a section ${heading}`);
    const cells = [...part.matchAll(/^\| ([^|]+) \|/gm)].map(([, cell]) => cell ?? '');
    return new Set(cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '')));
  };
  const sections = {
    '': 'A folder',
    s3: 'S3',
    azure: 'Azure',
    gs: 'Google Cloud Storage',
    ssh: 'SSH',
    webdav: 'WebDAV',
    http: 'HTTP',
  } as const;
  for (const [scheme, heading] of Object.entries(sections))
    it(`has a row for every option of DVC's for ${heading}`, () => {
      const rows = new Set([...rowsBelow(heading), ...rowsBelow('')]);
      assert.deepEqual(
        Object.keys(REMOTES[scheme] ?? {}).filter((option) => !rows.has(option)),
        [],
      );
      const known = Object.keys({ ...REMOTES[scheme] });
      assert.deepEqual(
        [...rowsBelow(heading)].filter((option) => !known.includes(option)),
        [],
        'and for nothing else',
      );
    });

  it('says what to use in place of what is not supported', () => {
    const rows = rowsBelow('Not supported');
    for (const scheme of ['gdrive', 'hdfs', 'webhdfs', 'oss']) assert.ok(rows.has(`${scheme}://`), scheme);
  });
});
