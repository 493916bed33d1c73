// One line a suite, failures in full at the end, and the totals in the file that LODE_TEST_RESULT names.
const fs = require('node:fs');
const { reporters } = require('mocha');

const LEFT_RUNNING = 10_000; // ms a layer may take to end by itself after its last test

module.exports = class LodeReporter extends reporters.Base {
  constructor(runner, options) {
    super(runner, options);
    const totals = { passed: 0, failed: 0, skipped: 0 };
    const open = new Map();
    const top = (test) => {
      let suite = test.parent;
      while (suite?.parent && !suite.parent.root) suite = suite.parent;
      return suite;
    };
    const count = (test, kind) => {
      totals[kind] += 1;
      const suite = open.get(top(test));
      if (suite) suite[kind] += 1;
      if (kind !== 'passed') console.log(`  ${kind}: ${test.fullTitle()}`);
    };
    runner.on('suite', (suite) => {
      if (suite.parent?.root) open.set(suite, { passed: 0, failed: 0, skipped: 0, from: Date.now() });
    });
    runner.on('suite end', (suite) => {
      const found = open.get(suite);
      if (!found) return;
      const rest = found.failed + found.skipped > 0 ? `, ${found.failed} failed, ${found.skipped} skipped` : '';
      console.log(
        `  ${found.failed > 0 ? 'FAIL' : 'ok  '} ${suite.title}: ${found.passed} passed${rest} (${Date.now() - found.from} ms)`,
      );
    });
    runner.on('pass', (test) => {
      count(test, 'passed');
      if (process.env.LODE_TEST_VERBOSE) console.log(`       ${test.fullTitle()} (${test.duration} ms)`);
    });
    runner.on('retry', (test, error) => console.log(`  once more: ${test.fullTitle()}\n${error.stack ?? error}`));
    runner.on('fail', (test) => count(test, 'failed'));
    runner.on('pending', (test) => count(test, 'skipped'));
    runner.once('end', () => {
      if (this.failures.length > 0) reporters.Base.list(this.failures);
      if (process.env.LODE_TEST_RESULT) fs.writeFileSync(process.env.LODE_TEST_RESULT, JSON.stringify(totals));
      setTimeout(() => {
        console.error(
          `Still running ${LEFT_RUNNING / 1000} s after the last test: ${process.getActiveResourcesInfo().join(', ')}`,
        );
        process.exit(1);
      }, LEFT_RUNNING).unref();
    });
  }
};
