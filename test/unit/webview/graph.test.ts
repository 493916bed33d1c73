import * as assert from 'node:assert/strict';
import type { GraphNode, PipelineGraph } from '../../../src/protocol/graph-page.ts';
import { GraphSearch } from '../../../webview/graph/graph-search.ts';
import { readKept } from '../../../webview/graph/kept-state.ts';
import { actionOf } from '../../../webview/graph/keys.ts';
import { type Box, type Direction, type LayoutInput, layOut } from '../../../webview/graph/layout.ts';
import { nodeAt } from '../../../webview/graph/navigate.ts';
import { bringIntoView, overlap, seenPart, showAll, zoomAt } from '../../../webview/graph/viewport.ts';
import {
  collapsedAtFirst,
  findNodes,
  pathThrough,
  type VisibleGraph,
  visibleGraph,
} from '../../../webview/graph/visible.ts';

const node = (id: string, group?: string): GraphNode => ({ id, kind: 'stage', name: id, place: '', group });
const edge = (text: string, size?: number) => {
  const [from = '', to = ''] = text.split(' ');
  return { from, to, files: [from], size };
};

/** prepare → three trainings of one group → evaluate; lint stands alone. */
const PIPELINE: PipelineGraph = {
  nodes: [node('prepare'), ...['a', 'b', 'c'].map((id) => node(id, 'train')), node('evaluate'), node('lint')],
  groups: [{ id: 'train', name: 'train', place: '' }],
  edges: [
    ...['a', 'b', 'c'].map((id) => edge(`prepare ${id}`, 100)),
    ...['a', 'b', 'c'].map((id) => edge(`${id} evaluate`, 10)),
  ],
};

const ids = (items: VisibleGraph['items']): string[] => items.map(({ id }) => id);
const lines = (graph: VisibleGraph): string[] => graph.edges.map(({ from, to, size }) => `${from} ${to} ${size}`);

describe('a graph with collapsed groups', () => {
  it('has the members in a frame as long as the group is expanded', () => {
    const graph = visibleGraph(PIPELINE, new Set());
    assert.deepEqual(ids(graph.items), ['prepare', 'a', 'b', 'c', 'evaluate', 'lint']);
    assert.deepEqual(ids(graph.frames), ['train']);
    assert.equal(graph.items.find(({ id }) => id === 'b')?.frame, 'train');
  });

  it('has one node for the members of a collapsed one, and one edge for all of theirs', () => {
    const graph = visibleGraph(PIPELINE, new Set(['train']));
    assert.deepEqual(ids(graph.items), ['prepare', 'train', 'evaluate', 'lint']);
    assert.deepEqual(graph.frames, []);
    assert.deepEqual(graph.items[1]?.members, ['a', 'b', 'c']);
    // What all of them read flows once, what each of them makes adds up.
    assert.deepEqual(lines(graph), ['prepare train 100', 'train evaluate 30']);
  });

  it('draws no edge between members of one collapsed group', () => {
    const inner = { ...PIPELINE, edges: [...PIPELINE.edges, edge('a b')] };
    assert.equal(visibleGraph(inner, new Set(['train'])).edges.length, 2);
  });

  it('does not know the size of an edge if it is not known of one file', () => {
    const unsized = { ...PIPELINE, edges: [...PIPELINE.edges.slice(0, 3), edge('a evaluate', 10), edge('b evaluate')] };
    assert.equal(visibleGraph(unsized, new Set(['train'])).edges.at(-1)?.size, undefined);
  });

  it('starts with groups collapsed that are too big to be read at a glance', () => {
    assert.deepEqual([...collapsedAtFirst(PIPELINE)], []);
    const many = { ...PIPELINE, nodes: Array.from({ length: 9 }, (_, i) => node(String(i), 'train')) };
    assert.deepEqual([...collapsedAtFirst(many)], ['train']);
    const big = { ...PIPELINE, nodes: [...PIPELINE.nodes, ...Array.from({ length: 40 }, (_, i) => node(`s${i}`))] };
    assert.deepEqual([...collapsedAtFirst(big)], ['train']);
  });
});

describe('a path through a graph', () => {
  it('is all that leads to a stage and all that it leads to', () => {
    assert.deepEqual([...pathThrough(PIPELINE.edges, ['b'])].sort(), ['b', 'evaluate', 'prepare']);
    assert.deepEqual([...pathThrough(PIPELINE.edges, ['lint'])], ['lint']);
  });

  it('ends in a loop too', () => {
    const loop = [edge('x y'), edge('y x')];
    assert.deepEqual([...pathThrough(loop, ['x'])].sort(), ['x', 'y']);
  });

  it('is all that is shown when it is focused on', () => {
    const graph = visibleGraph(PIPELINE, new Set(), pathThrough(PIPELINE.edges, ['b']));
    assert.deepEqual(ids(graph.items), ['prepare', 'b', 'evaluate']);
    assert.deepEqual(lines(graph), ['prepare b 100', 'b evaluate 10']);
  });
});

describe('search in a graph', () => {
  const graph: PipelineGraph = {
    nodes: [
      { ...node('1', 'g'), name: 'resnet' },
      { ...node('2'), name: 'prepare', place: 'models/vision' },
    ],
    groups: [{ id: 'g', name: 'Train', place: '' }],
    edges: [],
  };
  const cases: readonly [text: string, found: readonly string[]][] = [
    ['', []],
    ['  ', []],
    ['RES', ['1']],
    ['train@res', ['1']],
    ['vision', ['2']],
    ['re', ['1', '2']],
    ['nothing', []],
  ];
  for (const [text, found] of cases)
    it(`finds ${found.length} for '${text}'`, () => assert.deepEqual(findNodes(graph, text), found));
});

describe('a search in a graph', () => {
  it('goes from one to the next in a circle, and marks groups that hide what was found', () => {
    const search = new GraphSearch();
    search.lookFor('train', PIPELINE);
    assert.deepEqual([search.count, search.at], [3, -1]);
    assert.deepEqual([search.step(1), search.step(1), search.step(1), search.step(1)], ['a', 'b', 'c', 'a']);
    assert.equal(search.step(-1), 'c');
    assert.deepEqual([...search.marked(PIPELINE)].sort(), ['a', 'b', 'c', 'train']);
    search.clear();
    assert.equal(search.step(1), undefined);
    assert.equal(search.marked(PIPELINE).size, 0);
  });
});

/** A random graph without loops whose last edges lead far. */
function randomInput(nodes: number, seed: number, direction: Direction): LayoutInput {
  let state = seed;
  const random = (below: number): number => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return state % below;
  };
  const items = Array.from({ length: nodes }, (_, i) => ({
    id: `s${i}`,
    width: 150 + random(100),
    height: 48,
    frame: i % 7 < 2 && i > 6 ? `g${Math.floor(i / 7)}` : undefined,
  }));
  const edges = Array.from({ length: nodes - 1 }, (_, i) => ({
    from: `s${Math.max(0, i - random(6))}`,
    to: `s${i + 1}`,
  }));
  return { items, edges, direction, aspect: 1.6 };
}

const graphItems = ({ items }: VisibleGraph): LayoutInput['items'] =>
  items.map(({ id, frame }) => ({ id, frame, width: 180, height: 48 }));

const inside = (inner: Box, outer: Box): boolean =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;

describe('the layout of a graph', () => {
  for (const direction of ['down', 'right'] as const)
    for (const seed of [1, 2, 3]) {
      const input = randomInput(60, seed, direction);
      const { boxes, routes, width, height } = layOut(input);
      const boxOf = (id: string): Box => boxes.get(id)!;

      it(`covers nothing (${direction}, seed ${seed})`, () => {
        for (const [i, a] of input.items.entries())
          for (const b of input.items.slice(i + 1))
            assert.ok(!overlap(boxOf(a.id), boxOf(b.id)), `${a.id} and ${b.id} overlap`);
        for (const { id } of input.items)
          assert.ok(inside(boxOf(id), { x: 0, y: 0, width, height }), `${id} is outside of the drawing`);
      });

      it(`has members in their frame and all others outside of it (${direction}, seed ${seed})`, () => {
        const frames = new Set(input.items.flatMap(({ frame }) => frame ?? []));
        assert.ok(frames.size > 0);
        for (const frame of frames)
          for (const item of input.items) {
            if (item.frame === frame) assert.ok(inside(boxOf(item.id), boxOf(frame)), `${item.id} in ${frame}`);
            else assert.ok(!overlap(boxOf(item.id), boxOf(frame)), `${item.id} lies in ${frame}`);
          }
      });

      it(`leads every edge along the direction, from border to border (${direction}, seed ${seed})`, () => {
        for (const [at, { from, to }] of input.edges.entries()) {
          const points = routes[at]!;
          const [a, b] = [boxOf(from), boxOf(to)];
          const ends = direction === 'down' ? [a.y + a.height, b.y] : [a.x + a.width, b.x];
          const along = points.map(({ x, y }) => (direction === 'down' ? y : x));
          assert.deepEqual([along[0], along.at(-1)], ends);
          assert.deepEqual(
            along,
            [...along].sort((one, other) => one - other),
            `${from} ${to}`,
          );
        }
      });
    }

  it('is the same for the same graph', () => {
    const input = randomInput(80, 4, 'down');
    assert.deepEqual(layOut(input), layOut(input));
  });

  it('lays parts that are not connected beside one another', () => {
    const items = Array.from({ length: 30 }, (_, i) => ({ id: `s${i}`, width: 180, height: 48, frame: undefined }));
    const { width, height, boxes } = layOut({ items, edges: [], direction: 'down', aspect: 1.6 });
    assert.ok(width < 5 * 48 * 30 && width / height > 1 && width / height < 3, `${width} × ${height}`);
    assert.equal(new Set([...boxes.values()].map(({ x, y }) => `${x} ${y}`)).size, 30);
  });

  it('has the items of a layer in their order', () => {
    const items = graphItems(visibleGraph(PIPELINE, new Set()));
    for (const direction of ['down', 'right'] as const) {
      const { boxes } = layOut({ items, edges: PIPELINE.edges, direction, aspect: 1 });
      const places = ['a', 'b', 'c'].map((id) => boxes.get(id)![direction === 'down' ? 'x' : 'y']);
      assert.deepEqual(
        places,
        [...places].sort((one, other) => one - other),
      );
    }
  });

  it('has a place for collapsed groups that lead in a circle', () => {
    const items = ['a', 'b'].map((id) => ({ id, width: 100, height: 48, frame: undefined }));
    const { routes } = layOut({ items, edges: [edge('a b'), edge('b a')], direction: 'down', aspect: 1 });
    assert.ok(routes.every((points) => points.length >= 2));
  });

  it('of nothing is nothing', () =>
    assert.deepEqual(layOut({ items: [], edges: [], direction: 'down', aspect: 1 }), {
      boxes: new Map(),
      routes: [],
      width: 0,
      height: 0,
    }));
});

describe('arrow keys in a graph', () => {
  const graph = visibleGraph(PIPELINE, new Set());
  const around = (direction: Direction) => {
    const { boxes } = layOut({ items: graphItems(graph), edges: graph.edges, direction, aspect: 1.6 });
    return { boxes: new Map(graph.items.map(({ id }) => [id, boxes.get(id)!])), edges: graph.edges, direction };
  };
  const down = around('down');
  const right = around('right');

  it('follow edges in the direction of the graph', () => {
    assert.equal(nodeAt('ArrowDown', 'prepare', down), 'b');
    assert.equal(nodeAt('ArrowDown', 'a', down), 'evaluate');
    assert.equal(nodeAt('ArrowUp', 'c', down), 'prepare');
    assert.equal(nodeAt('ArrowRight', 'b', right), 'evaluate');
    assert.equal(nodeAt('ArrowLeft', 'evaluate', right), nodeAt('ArrowRight', 'prepare', right));
  });

  it('go to the neighbour across it', () => {
    assert.equal(nodeAt('ArrowRight', 'a', down), 'b');
    assert.equal(nodeAt('ArrowLeft', 'c', down), 'b');
  });

  it('stay where there is nothing', () => {
    assert.equal(nodeAt('ArrowUp', 'prepare', down), 'prepare');
    assert.equal(nodeAt('ArrowDown', 'lint', down), 'lint');
    assert.equal(nodeAt('ArrowLeft', 'a', down), 'a');
  });
});

describe('keys of the graph', () => {
  const press = (key: string, more = {}) => actionOf({ key, ctrlKey: false, metaKey: false, altKey: false, ...more });
  it('are those of the legend', () => {
    assert.deepEqual(press('ArrowUp'), { do: 'go', key: 'ArrowUp' });
    assert.deepEqual(press('Enter'), { do: 'open' });
    assert.deepEqual(press('Enter', { ctrlKey: true }), { do: 'run' });
    assert.deepEqual(press('f', { metaKey: true }), { do: 'search' });
    assert.deepEqual(press('='), { do: 'zoom', closer: true });
  });

  it('leave the rest to the editor', () => {
    assert.equal(press('p', { ctrlKey: true }), undefined);
    assert.equal(press('ArrowUp', { altKey: true }), undefined);
    assert.equal(press('x'), undefined);
  });
});

describe('the part of a graph that is seen', () => {
  const place = { width: 800, height: 600 };

  it('is all of it, not larger than life, in the middle', () => {
    assert.deepEqual(showAll({ width: 200, height: 100 }, place), { scale: 1, x: 300, y: 250 });
    const { scale, x, y } = showAll({ width: 7360, height: 100 }, place);
    assert.deepEqual([scale, x, y], [0.1, 32, 295]);
  });

  it('is zoomed around the pointer', () => {
    const view = zoomAt({ x: 10, y: 20, scale: 1 }, 1.5, { x: 110, y: 220 });
    assert.deepEqual(view, { scale: 1.5, x: 110 - 100 * 1.5, y: 220 - 200 * 1.5 });
    assert.equal(zoomAt(view, 1000, { x: 0, y: 0 }).scale, 2);
  });

  it('moves as little as it takes to show a node', () => {
    const view = { x: 0, y: 0, scale: 1 };
    assert.deepEqual(bringIntoView(view, { x: 100, y: 100, width: 50, height: 50 }, place), view);
    assert.deepEqual(bringIntoView(view, { x: 900, y: 100, width: 50, height: 50 }, place), {
      x: -182,
      y: 0,
      scale: 1,
    });
    assert.deepEqual(bringIntoView(view, { x: 0, y: -90, width: 50, height: 50 }, place), { x: 32, y: 122, scale: 1 });
  });

  it('has some more around it', () => {
    const seen = seenPart({ x: -100, y: 0, scale: 0.5 }, place);
    assert.deepEqual(seen, { x: -40, y: -240, width: 2080, height: 1680 });
  });
});

describe('what a graph finds again after a reload', () => {
  it('is what was kept', () => {
    const kept = { root: '/r', direction: 'right', collapsed: ['g'], selected: 'a', legend: true } as const;
    assert.deepEqual(readKept({ ...kept, viewport: { x: 1, y: 2, scale: 0.5 } }), {
      ...kept,
      viewport: { x: 1, y: 2, scale: 0.5 },
    });
  });

  it('is nothing of what makes no sense', () => {
    for (const bad of [undefined, null, 'x', 1]) assert.deepEqual(readKept(bad), {});
    assert.deepEqual(
      readKept({ direction: 'up', collapsed: [1], selected: 2, viewport: { x: 1, y: Number.NaN, scale: 1 } }),
      {
        collapsed: [],
        legend: false,
      },
    );
  });
});
