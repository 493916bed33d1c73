import * as fs from 'node:fs';
import * as path from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';

/**
 * What the extension host calls: runs the layer's bundle and rejects where a test failed.
 *
 * Lines and totals go into the file that `LODE_TEST_RESULT` names, which the runner follows; the host's console comes through
 * in some hosts only, and mixed with the workbench's own log.
 */
export async function run(): Promise<void> {
  const file = process.env['LODE_TEST_RESULT'];
  if (!file) throw new Error('LODE_TEST_RESULT must name the file for the results.');
  const send = (message: object) => fs.appendFileSync(file, `${JSON.stringify(message)}\n`);
  const { LODE_TEST_GREP: grep } = process.env;
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, color: false, reporter: 'spec', ...(grep ? { grep } : {}) });
  Mocha.reporters.Base.consoleLog = (...args: unknown[]) => send({ line: format(...args) });
  mocha.addFile(path.join(__dirname, 'extension.js'));
  const totals = { passed: 0, failed: 0, skipped: 0 };
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    runner.on('pass', () => {
      totals.passed += 1;
    });
    runner.on('fail', () => {
      totals.failed += 1;
    });
    runner.on('pending', () => {
      totals.skipped += 1;
    });
  });
  send({ totals });
  if (failures > 0) throw new Error(`${failures} failed`);
}
