import * as assert from 'node:assert/strict';
import { pyJson } from '../../../src/engine/core/python.ts';
import { parsePyJson } from '../../../src/engine/core/python-json.ts';
import { dumpYaml, parseYaml, readTree } from '../../../src/engine/files/yaml-doc.ts';
import type { YamlNode } from '../../../src/engine/files/yaml-node.ts';
import { readPlain } from '../../../src/engine/files/yaml-plain.ts';
import { randomDocument } from '../../live/support/random-document.ts';
import { randomJson } from '../../live/support/random-yaml.ts';
import { type Random, runSeed, seededRandom } from '../../support/random.ts';

const BITS = [
  '\n',
  ' ',
  '  ',
  '-',
  '- ',
  ':',
  ': ',
  'a',
  '\n ',
  '\n- ',
  "'",
  '"',
  '#',
  ' #',
  '[',
  '{',
  '~',
  '\n\n',
  '1',
  '|',
  ' x: y',
];
const ODD = ['...', '---', '\n---\n', '%', '@', '&a ', '*a', '!', '?', '? ', '=', '<<', '\t', '\r\n'];

const mutated = (random: Random, text: string): string => {
  const at = random.int(text.length + 1);
  const bit = random.pick([...BITS, ...ODD]);
  return random.int(2) === 0
    ? text.slice(0, at) + bit + text.slice(at)
    : text.slice(0, at) + text.slice(at + 1 + random.int(3));
};

const randomText = (random: Random): string => {
  const shape = { comments: random.pick([0, 0.1]), blanks: random.pick([0, 0.1]), flow: 0, blocks: 0, anchors: 0 };
  const text = random.int(2) === 0 ? dumpYaml(parsePyJson(randomJson(random, 4))) : randomDocument(random, shape);
  return random.int(3) === 0 ? text : mutated(random, mutated(random, text));
};

/** All that a reader of values sees of a node; where nothing stands has no place. */
function seen(node: YamlNode): unknown {
  if (node.kind === 'scalar')
    return node.text === '' && node.style === 'plain'
      ? null
      : [node.text, node.isText, node.style, node.start, node.end];
  if (node.kind === 'sequence') return ['list', node.start, node.items.map((item) => seen(item.node))];
  return node.kind === 'mapping' && ['map', node.start, node.pairs.map((pair) => [seen(pair.key), seen(pair.node)])];
}

describe('YAML: the short way', () => {
  it('reads what DVC writes', () => {
    const text =
      "schema: '2.0'\nstages:\n  a:\n    cmd: x --y\n      z\n    deps:\n    - path: d/e.txt\n      size: 4\n    - - 1\n      -\n    outs: []\n";
    assert.ok(readPlain(text));
    assert.equal(
      pyJson(parseYaml(text, 'f')),
      '{"schema": "2.0", "stages": {"a": {"cmd": "x --y z", "deps": [{"path": "d/e.txt", "size": 4}, [1, null]], "outs": []}}}',
    );
  });

  const others = [
    'a: [1]\n',
    'a: "x"\n',
    'a: x # c\n',
    'a: |\n  x\n',
    'a: &x 1\n',
    'a: x: y\n',
    'a:\n\t- b\n',
    'a: b\n c: d\n',
    '- a\nb: 1\n',
    'a: 1\n---\n',
  ];
  for (const text of others)
    it(`leaves ${JSON.stringify(text)} to the library`, () => assert.equal(readPlain(text), undefined));

  it('reads random texts as the library does, or not at all', function () {
    this.timeout(20_000);
    const random = seededRandom(runSeed());
    let read = 0;
    for (let i = 0; i < 1_500; i++) {
      const text = randomText(random);
      const plain = readPlain(text);
      if (!plain) continue;
      read += 1;
      const { root } = readTree(text, 'f');
      const report = `seed ${random.seed}: ${JSON.stringify(text)}`;
      assert.ok(root, report);
      assert.deepEqual(seen(plain), seen(root), report);
    }
    assert.ok(read > 100, `only ${read} texts prove anything`);
  });
});
