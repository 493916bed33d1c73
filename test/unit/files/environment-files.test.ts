import assert from 'node:assert/strict';
import { declaredEnvironment } from '../../../src/engine/files/environment-files.ts';

const read = (files: Readonly<Record<string, string>>) => {
  const { runtimes, packages } = declaredEnvironment(new Map(Object.entries(files)));
  return { runtimes: Object.fromEntries(runtimes), packages: Object.fromEntries(packages) };
};

describe('what files say of the environment', () => {
  it('is versions of requirements, without what else may stand there', () =>
    assert.deepEqual(
      read({
        'requirements-dev.txt':
          '-r base.txt\n# torch==1\nTorch[cuda] == 2.1.0 ; python_version > "3"\nnumpy>=1.26,<2 # why\nscipy\n',
      }),
      { runtimes: {}, packages: { torch: '2.1.0', numpy: '>=1.26,<2' } },
    ));

  it('is what is locked, whatever a looser file says', () =>
    assert.deepEqual(
      read({
        'requirements.txt': 'torch>=2\npandas==2.0\n',
        'uv.lock': 'version = 1\n\n[[package]]\nname = "torch"\nversion = "2.1.0"\nsource = { registry = "x" }\n',
      }).packages,
      { torch: '2.1.0', pandas: '2.0' },
    ));

  it('is the Python and Node they name', () =>
    assert.deepEqual(
      read({
        '.python-version': '3.11.4\n',
        'pyproject.toml': '[project]\nrequires-python = ">=3.10"\n',
        '.nvmrc': 'v20.1.0\n',
      }).runtimes,
      { Python: '3.11.4', Node: '20.1.0' },
    ));

  it('is the packages of a conda environment, with those of pip', () =>
    assert.deepEqual(
      read({
        'environment.yml':
          'dependencies:\n  - python=3.11\n  - numpy=1.26.4=py311\n  - pip:\n    - torch==2.1.0\n  - python-dateutil=2.8\n',
      }),
      { runtimes: { Python: '3.11' }, packages: { numpy: '1.26.4', torch: '2.1.0', 'python-dateutil': '2.8' } },
    ));

  it('is nothing where they say nothing', () =>
    assert.deepEqual(read({ 'uv.lock': '[[package]', 'requirements.txt': '==', '.python-version': '' }), {
      runtimes: {},
      packages: {},
    }));
});
