import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { metricHistory } from '../../../src/engine/verbs/metric-history.ts';
import { fillPlots, writePlotsPage } from '../../../src/engine/verbs/plots-output.ts';
import { plotsShow } from '../../../src/engine/verbs/plots-show.ts';
import { PlotsReader, plotsView } from '../../../src/engine/verbs/plots-view.ts';
import { type EngineRepo, makeEngineRepo, useEngineSandbox } from '../../support/engine-repo.ts';

const DVC_YAML = `metrics: [m.json]
plots:
- loss.csv: {x: step, y: loss}
- scatter.json: {template: scatter, x: a, y: b}
- mine: {template: own, y: {loss.csv: loss}}
- steps
- bad.json
- none.csv: {template: nowhere}
`;

describe('the plots of a view', function () {
  this.timeout(60_000);
  const sandbox = useEngineSandbox('plots-view');
  let repo: EngineRepo;

  beforeEach(async () => {
    repo = await makeEngineRepo(sandbox());
    repo.writeAll([
      ['dvc.yaml', DVC_YAML],
      ['loss.csv', 'step,loss\n0,3\n1,2\n2,nan\n'],
      ['scatter.json', '[{"a": 1, "b": 2, "__proto__": 3}]'],
      ['bad.json', '{"a":'],
      ['none.csv', 'x\n1\n'],
      ['m.json', '{"acc": 0.5}'],
      ['.dvc/plots/own.json', '{"data": {"values": "<DVC_METRIC_DATA>"}, "c": "<DVC_METRIC_COLOR>"}'],
    ]);
    for (const step of [0, 2, 10]) repo.write(`steps/${step}.png`, `image ${step}`);
    repo.commitAll('one');
  });

  it('have a heading each, with what is wrong in the place of the plot', () =>
    repo.open(async (open, ctx) => {
      const { plots, failed } = await new PlotsReader(open).read({ revs: ['workspace', 'HEAD', 'nowhere'] }, ctx);
      assert.deepEqual(
        plots.map(({ id, kind, place, problems }) => [id, kind, place, problems.length]),
        [
          ['loss.csv', 'series', 'dvc.yaml', 0],
          ['scatter.json', 'vega', 'dvc.yaml', 0],
          ['mine', 'vega', 'dvc.yaml', 0],
          ['steps', 'images', 'dvc.yaml', 0],
          ['bad.json', 'series', 'dvc.yaml', 2],
          ['none.csv', 'vega', 'dvc.yaml', 1],
        ],
      );
      assert.deepEqual(
        failed.map(({ rev }) => rev),
        ['nowhere'],
      );
    }));

  it('draw lines, rows for a template, and images by step', () =>
    repo.open(async (open, ctx) => {
      const colours = new Map([['HEAD', '#123456']]);
      const reader = new PlotsReader(open);
      await reader.read({ revs: ['HEAD'] }, ctx);
      const lines = reader.draw('loss.csv', { colours });
      assert.deepEqual(lines, {
        kind: 'series',
        xLabel: 'step',
        yLabel: 'loss',
        series: [{ rev: 'HEAD', source: '', x: [0, 1], y: [3, 2], total: 2 }],
      });
      const own = reader.draw('mine', { colours });
      assert.ok(own.kind === 'vega');
      assert.deepEqual(own.spec, {
        data: { values: [] },
        c: { field: 'rev', scale: { domain: ['HEAD'], range: ['#123456'] } },
      });
      assert.equal(own.rows.length, 3);
      const scatter = reader.draw('scatter.json', {});
      assert.ok(scatter.kind === 'vega');
      assert.ok(Object.hasOwn(scatter.rows[0]!, '__proto__'));
      const images = reader.draw('steps');
      assert.ok(images.kind === 'images');
      assert.deepEqual(
        images.images.map(({ step }) => step),
        [0, 2, 10],
      );
      assert.equal(String(await reader.readImage('HEAD', images.images[2]!.path)), 'image 10');
      assert.throws(() => reader.draw('none.csv'), /nowhere/);
    }));

  it('are read again where a file has changed, and only there', () =>
    repo.open(async (open, ctx) => {
      const reader = new PlotsReader(open);
      const versions = async (): Promise<number[]> =>
        (await reader.read({ revs: ['workspace', 'HEAD'] }, ctx)).plots.map(({ version }) => version);
      const first = await versions();
      assert.deepEqual(await versions(), first);
      fs.appendFileSync(repo.path('loss.csv'), '3,1\n');
      const second = await versions();
      assert.deepEqual(
        second.map((version, i) => version - first[i]!),
        [1, 0, 1, 0, 0, 0],
      );
      repo.write('steps/2.png', 'another');
      assert.equal((await versions())[3]! - second[3]!, 1);
      fs.appendFileSync(repo.path('.dvc/plots/own.json'), ' ');
      assert.equal((await versions())[2]! - second[2]!, 1);
    }));

  it('read and thin out more points than a screen has', () =>
    repo.open(async (open, ctx) => {
      const lines = Array.from({ length: 300_000 }, (_, i) => `${i},${i % 1000}`);
      repo.write('loss.csv', `step,loss\n${lines.join('\n')}\n`);
      const view = await plotsView(open, { revs: ['workspace'], targets: ['loss.csv'] }, ctx);
      const drawing = view.drawings.get('loss.csv');
      assert.ok(drawing?.kind === 'series');
      const [line] = drawing.series;
      assert.equal(line?.total, 300_000);
      assert.ok(line.x.length <= 2000 && line.y.includes(999));
    }));

  it('are all images of a folder, with or without a slash behind its name', () =>
    repo.open(async (open, ctx) => {
      repo.write('dvc.yaml', 'plots:\n- pictures/\n- more\n').write('pictures/in/a.png', 'a').write('more/b.png', 'b');
      open.forgetIndex();
      const { plots } = await plotsShow(open, {}, ctx);
      assert.deepEqual(plots.map(({ id }) => id).sort(), ['more/b.png', 'pictures/in/a.png']);
    }));

  it('go onto a page that runs nothing of theirs', () =>
    repo.open(async (open, ctx) => {
      const evil = '</script><script>alert(1)</script><!-- "';
      repo.write('dvc.yaml', `plots:\n- loss.csv: {title: ${JSON.stringify(evil)}}\n- 'a"><img src=x>.png'\n`);
      repo.write('a"><img src=x>.png', 'image');
      open.forgetIndex();
      const result = await plotsShow(open, {}, ctx);
      const outputs = await fillPlots(open, result, { folder: repo.path('out/static'), split: false }, ctx);
      writePlotsPage(outputs, repo.path('out'), '{scripts}|{plot_divs}');
      const page = repo.read('out/index.html');
      const plots = page.slice(page.indexOf('<div id='));
      assert.equal(plots.match(/<script/gi)?.length, 1);
      assert.equal(plots.match(/<img/g)?.length, 1);
      assert.ok(!plots.includes('<!--'));
      assert.ok(!page.includes('https://cdn'));
    }));

  it('have a history of a metric, with marks where data changed', () =>
    repo.open(async (open, ctx) => {
      repo.write('data', 'a');
      await repo.add('data');
      repo.write('m.json', '{"acc": 0.75}').commitAll('two');
      repo.write('m.json', '{"acc": "none"}').commitAll('three');
      const history = await metricHistory(open, { metric: 'acc' }, ctx);
      assert.deepEqual(
        history.map(({ message, value, changedData }) => [message, value, changedData]),
        [
          ['one', 0.5, []],
          ['two', 0.75, ['data']],
          ['three', undefined, []],
        ],
      );
    }));
});
