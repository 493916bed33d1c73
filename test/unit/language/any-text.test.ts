/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: dvc.yaml has them. */
import * as assert from 'node:assert/strict';
import {
  completionsAt,
  definitionsAt,
  fixesIn,
  foldsOf,
  hoverAt,
  inlayValues,
  outlineOf,
  pathLinks,
  referencesAt,
  renamableAt,
  selectionsAt,
  type TextPosition,
  type TextRange,
} from '../../../src/engine/language/index.ts';
import { languageCase } from '../../support/language-project.ts';
import { seededRandom } from '../../support/random.ts';

const YAML = `vars:
- more.yaml
- own: {deep: [1, 2]}
stages:
  prep:
    cmd: python prep.py \${lr} "\${own.deep[0]}"
    wdir: sub
    deps: [a.csv, "\${own.deep[1]}.csv"]
    params:
    - lr
    - p.json: [x, y.z]
    outs:
    - out: {cache: false, desc: 'it''s'}
  group:
    foreach: \${models}
    do:
      cmd: >
        python train.py
        --model \${item}
      deps:
      - sub/out   # why
      metrics:
      - m/\${item}.json:
          cache: false
  grid:
    matrix: {a: [1, 2], b: "\${models}"}
    cmd: [x \${item.a}, y \${key}]
    frozen: true
plots:
- p: {x: a, y: {f.csv: b}}
artifacts:
  model: {path: sub/out}
`;
const LOCK = `schema: '2.0'
stages:
  prep:
    cmd: x
    deps:
    - path: a.csv
      hash: md5
      md5: 2306b4377429730ee03a806cff76e92b
      size: 4
    params:
      params.yaml:
        lr: 1
    outs:
    - path: out
      md5: 2306b4377429730ee03a806cff76e92b
  group@a: {cmd: x}
`;
const POINTER = 'wdir: ..\nouts:\n- md5: 2306b4377429730ee03a806cff76e92b\n  size: 4\n  path: data\n';
const FILES = {
  'dvc.yaml': YAML,
  'dvc.lock': LOCK,
  'd/data.dvc': POINTER,
  'params.yaml': 'lr: 1\nmodels: [a, b]\n',
  'more.yaml': 'more: {x: true}\n',
  'prep.py': '',
};
const PIECES = [
  '',
  '',
  ' ',
  '\n',
  ':',
  '- ',
  '${',
  '}',
  '"',
  "'",
  '[',
  '{',
  '#',
  '|\n',
  '  x:\n',
  '\t',
  '&a ',
  '*a',
  '<<: ',
  '\r\n',
  '🙂',
  '- - ',
];

describe('any text', () => {
  const seed = 20_260_101;
  for (const file of ['dvc.yaml', 'dvc.lock', 'd/data.dvc'] as const)
    it(`of ${file} has an answer to every question, with places in it (seed ${seed})`, async () => {
      const random = seededRandom(seed);
      const { project, write } = languageCase(FILES);
      let text: string = FILES[file];
      for (let round = 0; round < 150; round++) {
        if (round % 25 === 0) text = FILES[file];
        const at = random.int(text.length + 1);
        text = text.slice(0, at) + random.pick(PIECES) + text.slice(at + random.int(4));
        write(file, text);
        await askAll(project, file as never, at);
      }
    });

  async function askAll(
    project: ReturnType<typeof languageCase>['project'],
    file: never,
    offset: number,
  ): Promise<void> {
    const document = await project.text(file);
    assert.ok(document);
    const { lines } = document;
    const isInside = ({ line, character }: TextPosition): boolean =>
      line >= 0 && line < lines.starts.length && character >= 0 && character <= lines.line(line).length;
    const check = (what: string, { start, end }: TextRange): void =>
      assert.ok(
        isInside(start) && isInside(end),
        `${what} ${JSON.stringify({ start, end })} in ${JSON.stringify(document.text)}`,
      );
    const position = lines.position(Math.min(offset, document.text.length));
    const all = lines.range(0, document.text.length);
    for (const { range } of await completionsAt(project, file, position)) check('completion', range);
    const hover = await hoverAt(project, file, position);
    if (hover) check('hover', hover.range);
    for (const { file: to, range } of (await definitionsAt(project, file, position))?.destinations ?? [])
      if (to === file) check('definition', range);
    for (const { file: to, range } of await referencesAt(project, file, position))
      if (to === file) check('reference', range);
    const renamable = await renamableAt(project, file, position);
    if (renamable) check('name', renamable.range);
    for (const fix of await fixesIn(project, file, { start: position, end: position })) check('fix', fix.range);
    for (const { range } of await pathLinks(project, file)) check('link', range);
    for (const { position: place } of await inlayValues(project, file, all)) assert.ok(isInside(place), 'hint');
    for (const { range, selection } of await outlineOf(project, file))
      for (const one of [range, selection]) check('outline', one);
    for (const range of selectionsAt(document, offset)) check('selection', range);
    for (const { start, end } of foldsOf(document)) assert.ok(start < end && end < lines.starts.length);
  }
});
