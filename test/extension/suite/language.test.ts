/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: dvc.yaml has them. */
import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { git, inWorkspace, lodeApi, read, run, startOver, until, uriOf, write } from './support/host.ts';

const YAML = `vars:
- version: 2
stages:
  prep:
    cmd: python prep.py data.csv
    deps:
    - data.csv
    outs:
    - clean.csv
  train:
    cmd: python train.py --lr \${lr} --v \${version}
    deps:
    - clean.csv
    - nowhere.csv
    params:
    - lr
    metrics:
    - scores.json:
        cache: false
`;
const LOCK = `schema: '2.0'
stages:
  prep:
    cmd: python prep.py data.csv
    deps:
    - path: data.csv
      hash: md5
      md5: 2306b4377429730ee03a806cff76e92b
      size: 1200
`;

/** The position behind the first `text`; `back` characters before its end. */
function behind(document: vscode.TextDocument, text: string, back = 0): vscode.Position {
  const at = document.getText().indexOf(text);
  assert.ok(at >= 0, `${text} is in ${document.fileName}`);
  return document.positionAt(at + text.length - back);
}

const open = (file: string) => vscode.workspace.openTextDocument(uriOf(file));
const ask = <T>(command: string, ...args: unknown[]): Thenable<T> =>
  vscode.commands.executeCommand<T>(`vscode.${command}`, ...args);

async function labels(document: vscode.TextDocument, position: vscode.Position): Promise<string[]> {
  const list = await ask<vscode.CompletionList>('executeCompletionItemProvider', document.uri, position);
  return list.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
}

async function hoverText(document: vscode.TextDocument, position: vscode.Position): Promise<string> {
  const hovers = await ask<vscode.Hover[]>('executeHoverProvider', document.uri, position);
  return hovers
    .flatMap(({ contents }) => contents.map((part) => (typeof part === 'string' ? part : part.value)))
    .join('\n');
}

async function type(document: vscode.TextDocument, range: vscode.Range, text: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, range, text);
  assert.ok(await vscode.workspace.applyEdit(edit));
}

describe('language features', () => {
  let document: vscode.TextDocument;

  before(async () => {
    git('tag', '-f', 'start');
    await lodeApi();
    await startOver();
    write('dvc.yaml', YAML);
    write('dvc.lock', LOCK);
    write('params.yaml', 'momentum: 0.9\nlr: 0.05\n');
    write('prep.py', '');
    write('sub/dvc.yaml', 'stages:\n  report:\n    cmd: x\n    deps:\n    - ../scores.json\n');
  });
  beforeEach(async () => {
    document = await open('dvc.yaml');
    if (document.isDirty) await type(document, new vscode.Range(0, 0, document.lineCount, 0), YAML);
  });
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await startOver();
  });

  it('open pointer and lock files as YAML', async () => {
    for (const file of ['dvc.yaml', 'dvc.lock', 'data.csv.dvc'])
      assert.equal((await open(file)).languageId, 'yaml', file);
  });

  it('complete keys, paths, params and variables', async () => {
    await type(
      document,
      new vscode.Range(behind(document, '    cache: false\n'), behind(document, '    cache: false\n')),
      '    \n',
    );
    const keys = await labels(document, behind(document, '    cache: false\n    '));
    assert.ok(keys.includes('outs') && !keys.includes('cmd'), keys.join(', '));
    const paths = await labels(document, behind(document, '- nowhere.csv', 'nowhere.csv'.length));
    assert.ok(paths.includes('data.csv') && paths.includes('images/'), paths.join(', '));
    // The file was written outside of the editor, which may not have told of it yet.
    await until('momentum to be proposed', async () =>
      (await labels(document, behind(document, '    - lr'))).includes('momentum'),
    );
    const variables = await labels(document, behind(document, '${lr', 2));
    assert.ok(variables.includes('version') && variables.includes('lr'), variables.join(', '));
  });

  it('complete in a file that does not parse', async () => {
    await type(
      document,
      new vscode.Range(behind(document, 'stages:\n'), behind(document, 'stages:\n')),
      '  new:\n    cmd: [x\n    de\n',
    );
    assert.ok((await labels(document, behind(document, '    de'))).includes('deps'));
  });

  it('describe what stands under the mouse', async () => {
    assert.match(
      await hoverText(document, behind(document, '    - data.csv', 2)),
      /Dependency.*data\.csv[\s\S]*1\.2 KB[\s\S]*on disk, not in the cache[\s\S]*data\.csv\.dvc/,
    );
    assert.match(
      await hoverText(document, behind(document, '- clean.csv', 2)),
      /Output.*clean\.csv[\s\S]*not on disk[\s\S]*train/,
    );
    assert.match(await hoverText(document, behind(document, '    - lr', 1)), /Parameter.*lr[\s\S]*0\.05/);
    assert.match(
      await hoverText(document, behind(document, '${lr}', 2)),
      /Variable.*lr[\s\S]*0\.05[\s\S]*params\.yaml/,
    );
    assert.match(await hoverText(document, behind(document, 'metrics', 2)), /Files of metrics/);
  });

  it('lead to the stage that makes a dep, to the line of a param, to the lock entry', async () => {
    const target = async (position: vscode.Position) => {
      const [found] = await ask<vscode.LocationLink[]>('executeDefinitionProvider', document.uri, position);
      return (
        found &&
        `${vscode.workspace.asRelativePath(found.targetUri)}:${(found.targetSelectionRange ?? found.targetRange).start.line + 1}`
      );
    };
    assert.equal(await target(behind(document, 'deps:\n    - clean.csv', 2)), 'dvc.yaml:9');
    assert.equal(await target(behind(document, '    - lr', 1)), 'params.yaml:2');
    assert.equal(await target(behind(document, '${version', 1)), 'dvc.yaml:2');
    assert.equal(await target(behind(document, '  prep', 1)), 'dvc.lock:3');
  });

  it('find who uses an output, in other files too, and a parameter from its own file', async () => {
    const users = async (uri: vscode.Uri, position: vscode.Position) =>
      (await ask<vscode.Location[]>('executeReferenceProvider', uri, position))
        .map((found) => `${vscode.workspace.asRelativePath(found.uri)}:${found.range.start.line + 1}`)
        .sort();
    await until('the pipelines to be known', async () =>
      (await users(document.uri, behind(document, '- scores.json', 2))).includes('sub/dvc.yaml:5'),
    );
    const params = await open('params.yaml');
    assert.deepEqual(await users(params.uri, behind(params, 'lr', 1)), ['dvc.yaml:16']);
  });

  it('rename a stage in both files, and refuse what DVC refuses', async () => {
    const at = behind(document, '  prep', 1);
    const edit = await ask<vscode.WorkspaceEdit>('executeDocumentRenameProvider', document.uri, at, 'clean');
    assert.deepEqual(
      edit
        .entries()
        .map(([uri, edits]) => [vscode.workspace.asRelativePath(uri), edits.length])
        .sort(),
      [
        ['dvc.lock', 1],
        ['dvc.yaml', 1],
      ],
    );
    await assert.rejects(async () => ask('executeDocumentRenameProvider', document.uri, at, 'a.b'), /punctuation/);
  });

  it('show the values of variables, unless told not to', async () => {
    const hints = async () =>
      (await ask<vscode.InlayHint[]>('executeInlayHintProvider', document.uri, new vscode.Range(0, 0, 100, 0))).map(
        ({ label }) => label,
      );
    assert.deepEqual(await hints(), ['= 0.05', '= 2']);
    const settings = vscode.workspace.getConfiguration('lode');
    await settings.update('inlayHints.enabled', false, vscode.ConfigurationTarget.Global);
    assert.deepEqual(await hints(), []);
    await settings.update('inlayHints.enabled', undefined, vscode.ConfigurationTarget.Global);
  });

  it('outline stages with what they read and write', async () => {
    const symbols = await ask<vscode.DocumentSymbol[]>('executeDocumentSymbolProvider', document.uri);
    const train = symbols.find(({ name }) => name === 'train');
    assert.deepEqual(
      train?.children.map(({ name }) => name),
      ['clean.csv', 'nowhere.csv', 'lr', 'scores.json'],
    );
  });

  it('mend: a missing file, a script that is no dep, a key misspelled', async () => {
    const titles = async (position: vscode.Position) =>
      (
        await ask<vscode.CodeAction[]>('executeCodeActionProvider', document.uri, new vscode.Range(position, position))
      ).map(({ title }) => title);
    assert.deepEqual(
      (await titles(behind(document, 'nowhere.csv', 2))).filter((title) => /Create/.test(title)),
      ['Create file “nowhere.csv”'],
    );
    assert.ok((await titles(behind(document, 'cmd: python prep', 2))).includes('Add “prep.py” to deps'));
    await type(document, new vscode.Range(behind(document, 'metrics', 2), behind(document, 'metrics', 1)), '');
    assert.ok((await titles(behind(document, 'metris', 2))).includes('Change “metris” to “metrics”'));
  });

  it('format as DVC would write it', async () => {
    await type(
      document,
      new vscode.Range(0, 0, document.lineCount, 0),
      'stages:\n    a:\n        cmd:   x\n        deps:\n            - b # why\n',
    );
    const edits = await ask<vscode.TextEdit[]>('executeFormatDocumentProvider', document.uri, {
      tabSize: 2,
      insertSpaces: true,
    });
    const edit = new vscode.WorkspaceEdit();
    edit.set(document.uri, edits);
    await vscode.workspace.applyEdit(edit);
    assert.equal(document.getText(), 'stages:\n  a:\n    cmd: x\n    deps:\n    - b         # why\n');
  });

  it('follow paths', async () => {
    const links = await ask<vscode.DocumentLink[]>('executeLinkProvider', document.uri, 100);
    const targets = links.map(({ target }) => target?.fsPath);
    assert.ok(targets.includes(inWorkspace('data.csv')), targets.join(', '));
    assert.ok(read('dvc.yaml').includes('data.csv'));
  });

  it('merge a lock file with conflicts, from its quick fix', async () => {
    const entry = (name: string) => `  ${name}:\n    cmd: ${name}\n`;
    write(
      'sub/dvc.lock',
      `schema: '2.0'\nstages:\n<<<<<<< HEAD\n${entry('report')}=======\n${entry('other')}>>>>>>> topic\n`,
    );
    const lock = await open('sub/dvc.lock');
    const actions = await ask<vscode.CodeAction[]>('executeCodeActionProvider', lock.uri, new vscode.Range(2, 0, 2, 0));
    const merge = actions.find(({ title }) => title === 'Merge dvc.lock');
    assert.deepEqual(merge?.command?.arguments, [lock.uri]);
    assert.equal(await run('lode.lockMerge', lock.uri), true);
    assert.equal(read('sub/dvc.lock'), `schema: '2.0'\nstages:\n${entry('report')}${entry('other')}`);
    assert.equal(await run('lode.lockMerge'), true, 'nothing is left to do');
  });
});
