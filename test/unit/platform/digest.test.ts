import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { asOid } from '../../../src/engine/core/ids.ts';
import {
  digestHex,
  hashBytes,
  isBlankDigest,
  md5,
  newDigests,
  newHasher,
  pickDigests,
  writeDigest,
} from '../../../src/engine/platform/digest.ts';
import { DigestSet } from '../../../src/engine/platform/digest-set.ts';
import { LEGACY_CHUNK } from '../../../src/engine/platform/dos2unix.ts';
import { OidSet } from '../../../src/engine/platform/oid-set.ts';
import { runSeed, seededRandom } from '../../support/random.ts';

const plain = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

/** Format §2.7, said again as simply as possible. */
function legacy(bytes: Buffer): string {
  const hash = createHash('md5');
  for (let at = 0; at === 0 || at < bytes.length; at += LEGACY_CHUNK) {
    const chunk = bytes.subarray(at, at + LEGACY_CHUNK);
    const head = [...chunk.subarray(0, 512)];
    const odd = head.filter((byte) => !((byte >= 0x20 && byte <= 0x7e) || [8, 9, 10, 12, 13].includes(byte)));
    const isText = head.length === 0 || (!head.includes(0) && odd.length / head.length <= 0.3);
    hash.update(isText ? Buffer.from(chunk.toString('latin1').replaceAll('\r\n', '\n'), 'latin1') : chunk);
  }
  return hash.digest('hex');
}

describe('hashes', () => {
  it('are MD5 of the bytes', () => {
    assert.equal(md5(Buffer.alloc(0)), 'd41d8cd98f00b204e9800998ecf8427e');
    assert.equal(hashBytes('md5', Buffer.from('a\r\n')), plain(Buffer.from('a\r\n')));
  });

  const chunk = (tail: string) => Buffer.concat([Buffer.alloc(LEGACY_CHUNK - 1, 'x'), Buffer.from(tail)]);
  const cases: readonly [string, Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['text with both line ends', Buffer.from('a\r\nb\nc\rd\r\n')],
    ['carriage returns in a row', Buffer.from('\r\r\n\r\n\r')],
    ['binary by a NUL', Buffer.from('a\r\n\0')],
    ['a NUL beyond the first 512 bytes', Buffer.concat([Buffer.alloc(600, 'a\r\n'), Buffer.of(0)])],
    ['exactly 30 % odd bytes', Buffer.from('\x01\x01\x01aaaaa\r\n')],
    ['more than 30 % odd bytes', Buffer.from('\x01\x01\x01\x01aaaa\r\n')],
    ['a line end over the border of two chunks', chunk('\r\n\r\n')],
    ['a binary chunk after a text chunk', Buffer.concat([Buffer.alloc(LEGACY_CHUNK, 'a\r\n'), Buffer.from('\0\r\n')])],
  ];
  for (const [name, bytes] of cases)
    it(`follow DVC 2 for ${name}, in whatever pieces it comes`, () => {
      const expected = legacy(bytes);
      assert.equal(hashBytes('md5-dos2unix', bytes), expected);
      for (const size of [1 << 16, LEGACY_CHUNK - 1, LEGACY_CHUNK + 1]) {
        const hasher = newHasher('md5-dos2unix');
        for (let at = 0; at < bytes.length; at += size) hasher.update(bytes.subarray(at, at + size));
        assert.equal(hasher.digest(), expected);
      }
    });

  it('do not keep a piece whose buffer is used again', () => {
    const buffer = Buffer.from('first\r\n');
    const hasher = newHasher('md5-dos2unix');
    hasher.update(buffer);
    buffer.fill('x');
    assert.equal(hasher.digest(), plain(Buffer.from('first\n')));
  });
});

describe('columns of digests', () => {
  it('read back what was written, also in a part of a larger block', () => {
    const digests = new Uint8Array(new ArrayBuffer(80), 16, 48);
    const hexes = [0, 1, 2].map((i) => plain(Buffer.of(i)));
    for (const [i, hex] of hexes.entries()) writeDigest(digests, i, hex);
    assert.deepEqual(
      [0, 1, 2].map((i) => digestHex(digests, i)),
      hexes,
    );
    assert.equal(digestHex(pickDigests(digests, [2, 0]), 1), hexes[0]);
    assert.ok(isBlankDigest(newDigests(1), 0) && !isBlankDigest(digests, 1));
  });
});

describe('DigestSet', () => {
  it('agrees with a set of strings through growth and clashes', () => {
    const random = seededRandom(runSeed());
    const [set, reference] = [new DigestSet(), new Set<string>()];
    const digest = newDigests(1);
    for (let i = 0; i < 5000; i++) {
      digest.fill(0);
      for (const at of [0, 1, 15]) digest[at] = random.int(12); // Few values, so that hashes and digests meet.
      const hex = digestHex(digest, 0);
      assert.equal(set.has(digest, 0), reference.has(hex), `seed ${random.seed}`);
      assert.equal(set.add(digest, 0), !reference.has(hex), `seed ${random.seed}`);
      reference.add(hex);
      assert.equal(set.size, reference.size);
    }
    const column = set.toColumn();
    const all = Array.from({ length: set.size }, (_, i) => digestHex(column, i));
    assert.deepEqual(all.sort(), [...reference].sort());
    set.clear();
    assert.ok(set.size === 0 && !set.has(column, 0));
  });
});

describe('OidSet', () => {
  it('keeps a file and a directory of the same digest apart', () => {
    const hex = 'd751713988987e9331980363e24189ce';
    const set = OidSet.of([asOid(`${hex}.dir`)]);
    assert.ok(set.has(asOid(`${hex}.dir`)) && !set.has(asOid(hex)));
    assert.ok(set.add(asOid(hex)) && !set.add(asOid(hex)));
    assert.deepEqual([...set], [hex, `${hex}.dir`]);
    assert.deepEqual([...set.without(OidSet.of([asOid(hex)]))], [`${hex}.dir`]);
  });
});
