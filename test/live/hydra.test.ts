import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError } from '../../src/engine/core/errors.ts';
import { composeHydra } from '../../src/engine/experiments/hydra-compose.ts';
import { parseOverride } from '../../src/engine/experiments/override-grammar.ts';
import { refuseSweeps } from '../../src/engine/experiments/sweeps.ts';
import { makeSandbox } from '../support/sandbox.ts';
import { dvcPython } from './support/dvc-server.ts';
import { HYDRA_CASES } from './support/hydra-cases.ts';
import { askHydra, type HydraCase } from './support/hydra-oracle.ts';

const ENV = { LODE_T: 'text', LODE_N: '{k: [1, 2]}' };

describe('Hydra configurations, as real DVC composes them', function () {
  this.timeout(60_000);
  const python = dvcPython();

  it(`writes the same params.yaml for ${HYDRA_CASES.length} configurations, or refuses both`, function () {
    if (python === undefined) this.skip();
    const sandbox = makeSandbox('hydra');
    const env = { ...sandbox.env, ...ENV };
    const asked = HYDRA_CASES.map((one, i) => {
      const folder = sandbox.path(`conf${i}`);
      for (const [file, text] of Object.entries(one.files)) {
        fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
        fs.writeFileSync(path.join(folder, file), text);
      }
      return { folder, name: one.name ?? 'config', overrides: one.overrides ?? [] };
    });
    const expected = askHydra(python, sandbox.root, asked, env);
    const different: string[] = [];
    for (const [i, ask] of asked.entries()) {
      const [dvc, own] = [expected[i]!, compose(ask, sandbox.root, env)];
      const same = 'ok' in dvc ? 'ok' in own && own.ok === dvc.ok : 'error' in own;
      if (!same) different.push(described(HYDRA_CASES[i]!, dvc, own));
    }
    sandbox.dispose();
    assert.deepEqual(different, []);
  });
});

function compose(
  { folder, name, overrides }: { folder: string; name: string; overrides: readonly string[] },
  cwd: string,
  env: NodeJS.ProcessEnv,
): { ok: string } | { error: string } {
  try {
    const parsed = overrides.map(parseOverride);
    refuseSweeps(new Map([['params.yaml', parsed]]));
    return { ok: composeHydra({ folder, name, cwd, env }, parsed) };
  } catch (error) {
    if (!(error instanceof DvcError)) throw error;
    return { error: error.message };
  }
}

const described = (one: HydraCase, dvc: unknown, own: unknown): string =>
  [JSON.stringify(one), `DVC:  ${JSON.stringify(dvc)}`, `Lode: ${JSON.stringify(own)}`].join('\n');
