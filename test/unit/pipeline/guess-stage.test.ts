import assert from 'node:assert/strict';
import { guessStage } from '../../../src/engine/pipeline/guess-stage.ts';

const TRAIN = `
import yaml, json
params = yaml.safe_load(open("params.yaml"))
lr = params["train"]["lr"]
seed = params.get('seed', 0)
data = pd.read_csv('data/train.csv')
print("loading data/none.csv.")
with open("metrics.json", "w") as f:
    json.dump({"acc": 1}, f)
model.save("models/model.pkl")
log.write(str(len(open("data/train.csv").read())))
`;

describe('guessStage', () => {
  const files = new Map<string, string>([
    ['src/train.py', TRAIN],
    ['data/train.csv', ''],
    ['params.yaml', ''],
    ['in.txt', ''],
  ]);
  const guess = (cmd: string) =>
    guessStage({
      cmd,
      kindOf: (at) => (files.has(at) ? 'file' : at === 'data' ? 'directory' : undefined),
      readText: (at) => files.get(at),
      params: ['train', 'train.lr', 'train.epochs', 'seed', 'other'],
    });

  it('reads the script of a command', () =>
    assert.deepEqual(guess('python src/train.py'), {
      name: 'train',
      deps: ['src/train.py', 'data/train.csv'],
      params: ['train.lr', 'seed'],
      outs: ['models/model.pkl'],
      metrics: ['metrics.json'],
    }));

  it('takes words that are files, redirections and options for outputs', () =>
    assert.deepEqual(guess("sort -k2 ./in.txt 'data/' --output=out.txt 2>err.log > sorted.txt"), {
      name: 'sort',
      deps: ['in.txt', 'data'],
      params: [],
      outs: ['out.txt', 'err.log', 'sorted.txt'],
      metrics: [],
    }));

  it('proposes nothing outside of the folder', () =>
    assert.deepEqual(guess('cp ../secret /etc/passwd nowhere.txt').deps, []));
});
