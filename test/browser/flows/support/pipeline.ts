import { makeRepo, type RepoBuilder } from '../../../support/repo-builder.ts';
import type { Sandbox } from '../../../support/sandbox.ts';

const STAGES = `stages:
  prepare:
    cmd: node src/prepare.js
    deps:
      - data/raw.csv
      - src/prepare.js
    outs:
      - data/clean.csv
  train:
    foreach:
      - mlp
      - resnet
      - vit
    do:
      cmd: node src/train.js \${item}
      deps:
        - data/clean.csv
        - src/train.js
      params:
        - lr
      outs:
        - models/\${item}.json
  evaluate:
    cmd: node src/evaluate.js
    deps:
      - models
      - src/evaluate.js
    metrics:
      - metrics.json:
          cache: false
  lint:
    cmd: cat src/train.js | wc -l > lines.txt
    deps:
      - src/train.js
    outs:
      - lines.txt
`;

const PREPARE = `const fs = require('node:fs');
const rows = fs.readFileSync('data/raw.csv', 'utf8').trim().split('\\n');
fs.writeFileSync('data/clean.csv', rows.map((row) => row.toUpperCase()).join('\\n') + '\\n');
`;

/** Takes its time where there is a file `slow`, so that somebody can see it run. */
const TRAIN = `const fs = require('node:fs');
const [, lr] = /lr: (.*)/.exec(fs.readFileSync('params.yaml', 'utf8'));
fs.mkdirSync('models', { recursive: true });
const epochs = fs.existsSync('slow') ? 8 : 1;
(async () => {
  for (let epoch = 1; epoch <= epochs; epoch++) {
    console.log('epoch ' + epoch + ' of ' + epochs);
    if (epochs > 1) await new Promise((resolve) => setTimeout(resolve, 500));
  }
  fs.writeFileSync('models/' + process.argv[2] + '.json', JSON.stringify({ model: process.argv[2], lr }));
})();
`;

const EVALUATE = `const fs = require('node:fs');
const models = fs.readdirSync('models').filter((name) => name.endsWith('.json'));
fs.writeFileSync('metrics.json', JSON.stringify({ models: models.length }));
`;

/** A project with a pipeline of Node scripts that is up to date: tracked data, a stage, a group of three, what reads them, and one by itself. */
export function makePipeline(sandbox: Sandbox, name: string): RepoBuilder {
  const repo = makeRepo(sandbox, name)
    .write('data/raw.csv', 'id,text\n1,one\n2,two\n')
    .write('src/prepare.js', PREPARE)
    .write('src/train.js', TRAIN)
    .write('src/evaluate.js', EVALUATE)
    .write('params.yaml', 'lr: 0.01\n')
    .write('dvc.yaml', STAGES);
  repo.lode('init', '-q');
  repo.lode('add', '-q', 'data/raw.csv');
  repo.lode('repro', '-q');
  return repo.commitAll('A pipeline');
}
