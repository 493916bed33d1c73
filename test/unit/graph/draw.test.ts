import * as assert from 'node:assert/strict';
import { collapseGroups, type Drawing, drawDot, drawMermaid, partOf } from '../../../src/engine/graph/draw.ts';
import { drawAscii } from '../../../src/engine/graph/draw-ascii.ts';

const DIAMOND: Drawing = {
  nodes: ['a', 'b@1', 'b@2', 'c', 'alone'],
  edges: [
    ['b@1', 'a'],
    ['b@2', 'a'],
    ['c', 'b@1'],
    ['c', 'b@2'],
  ],
};

describe('drawings of pipelines', () => {
  it('dot: edges the way data flows', () =>
    assert.equal(
      drawDot({ nodes: ['a', 'b'], edges: [['b', 'a']] }),
      'strict digraph {\n"a";\n"b";\n"a" -> "b";\n}\n',
    ));

  it('mermaid: pipeline by pipeline, sorted', () =>
    assert.equal(
      drawMermaid(DIAMOND),
      'flowchart TD\n\tnode1["a"]\n\tnode2["b@1"]\n\tnode3["b@2"]\n\tnode4["c"]\n' +
        '\tnode1-->node2\n\tnode1-->node3\n\tnode2-->node4\n\tnode3-->node4\n\tnode5["alone"]',
    ));

  it('a part: what the target needs, or all it hangs together with', () => {
    assert.deepEqual(partOf(DIAMOND, ['b@1'], { full: false }).nodes, ['a', 'b@1']);
    assert.deepEqual(partOf(DIAMOND, ['b@1'], { full: true }).nodes, ['a', 'b@1', 'b@2', 'c']);
    assert.deepEqual(partOf(DIAMOND, [], { full: false }), DIAMOND);
  });

  it('groups as one node, names of pointer files left alone', () => {
    const { nodes, edges } = collapseGroups({ ...DIAMOND, nodes: [...DIAMOND.nodes, 'x@2.dvc'] });
    assert.deepEqual(nodes, ['a', 'b', 'c', 'alone', 'x@2.dvc']);
    assert.deepEqual(edges, [
      ['b', 'a'],
      ['c', 'b'],
    ]);
  });

  // Pictures as real DVC 3.67.1 draws them, blanks at the ends of lines left out.
  const pictures: readonly [name: string, drawing: Drawing, picture: readonly string[]][] = [
    ['a box', { nodes: ['cb'], edges: [] }, ['+----+', '| cb |', '+----+']],
    [
      'a row',
      {
        nodes: ['raw.csv.dvc', 'prep', 'train'],
        edges: [
          ['prep', 'raw.csv.dvc'],
          ['train', 'prep'],
        ],
      },
      [
        '+-------------+',
        '| raw.csv.dvc |',
        '+-------------+',
        '        *',
        '        *',
        '        *',
        '    +------+',
        '    | prep |',
        '    +------+',
        '        *',
        '        *',
        '        *',
        '   +-------+',
        '   | train |',
        '   +-------+',
      ],
    ],
    [
      'a long edge beside two short ones',
      {
        nodes: ['1', '2', '3', '4'],
        edges: [
          ['1', '2'],
          ['2', '3'],
          ['2', '4'],
          ['1', '4'],
        ],
      },
      [
        '+---+     +---+',
        '| 3 |     | 4 |',
        '+---+    *+---+',
        '  *    **   *',
        '  *  **     *',
        '  * *       *',
        '+---+       *',
        '| 2 |      *',
        '+---+     *',
        '     *    *',
        '      *  *',
        '       **',
        '     +---+',
        '     | 1 |',
        '     +---+',
      ],
    ],
  ];
  for (const [name, drawing, picture] of pictures)
    it(`ascii: ${name}`, () => assert.equal(drawAscii(drawing), picture.join('\n')));

  it('ascii: 500 stages, each box whole', () => {
    const nodes = Array.from({ length: 500 }, (_, i) => `stage${i}`);
    const edges = nodes.slice(1).map((node, i) => [node, nodes[Math.floor(i / 3)]!] as const);
    const text = drawAscii({ nodes, edges });
    for (const node of nodes) assert.ok(text.includes(`| ${node} |`), node);
  });
});
