import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { COMMANDS } from '../../../src/extension/commands.ts';

interface Manifest {
  contributes: {
    commands: { command: string; title: string }[];
    configuration: { properties: Record<string, unknown> };
    colors: { id: string }[];
    walkthroughs: { steps: { media: { svg: string } }[] }[];
  };
}

describe('the manifest', () => {
  const extension = vscode.extensions.getExtension('lode.lode');
  assert.ok(extension);
  const root = extension.extensionPath;
  const file = (name: string): string => fs.readFileSync(path.join(root, name), 'utf8');
  const manifest = JSON.parse(file('package.json')) as Manifest;
  const sources = fs
    .readdirSync(path.join(root, 'src/extension'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => file(path.join('src/extension', name)))
    .join('\n');

  it('declares the commands of the table', () => {
    const declared = manifest.contributes.commands.map(({ command }) => command);
    assert.deepEqual(declared.sort(), Object.keys(COMMANDS).sort());
  });

  it('has a text for each key, and a key for each text', () => {
    const used = new Set([...file('package.json').matchAll(/"%([^%"]+)%"/g)].map((match) => match[1]));
    assert.deepEqual([...used].sort(), Object.keys(JSON.parse(file('package.nls.json')) as object).sort());
  });

  it('defines every setting that is read, and no other', () => {
    const read = [...file('src/extension/settings.ts').matchAll(/readonly '?([\w.]+)'?:/g)].map(
      (match) => `lode.${match[1]}`,
    );
    assert.deepEqual(read.sort(), Object.keys(manifest.contributes.configuration.properties).sort());
  });

  it('contributes every colour that states use', () => {
    const used = new Set(
      [...file('src/extension/state-look.ts').matchAll(/look\(\s*'[^']+',\s*'(\w+)'/g)].map(
        (match) => `lode.${match[1]}Foreground`,
      ),
    );
    used.add('lode.trackedForeground'); // What has no state.
    assert.deepEqual([...used].sort(), manifest.contributes.colors.map(({ id }) => id).sort());
  });

  it('has the pictures of the walkthrough', () => {
    const wanted = manifest.contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ media }) => media.svg));
    assert.deepEqual(
      wanted.filter((name) => !fs.existsSync(path.join(root, name))),
      [],
    );
  });

  it('offers every text of the code for translation', () => {
    const texts = [...sources.matchAll(/l10n\.t\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g)].map((match) =>
      (match[1] ?? match[2] ?? '').replace(/\\(.)/g, '$1'),
    );
    assert.equal(texts.length, [...sources.matchAll(/l10n\.t\(/g)].length, 'every text is a literal');
    const bundle = JSON.parse(file('l10n/bundle.l10n.json')) as Record<string, string>;
    assert.deepEqual(Object.keys(bundle).sort(), [...new Set(texts)].sort());
  });
});
