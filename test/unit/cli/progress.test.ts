import * as assert from 'node:assert/strict';
import { printable } from '../../../src/cli/printable.ts';
import { createProgressView, inBytes, progressLine } from '../../../src/cli/progress.ts';
import { makeStyle, wantsColour } from '../../../src/cli/style.ts';
import { isSecretOption, redactUrl } from '../../../src/engine/core/redact.ts';

describe('progressLine', () => {
  const progress = { task: 'push', files: 120, totalFiles: 1000, bytes: 3_100_000, totalBytes: 20_000_000 };

  it('shows files, bytes, rate and the time left', () =>
    assert.equal(progressLine(progress, 2, 200), 'push  120/1000 files  3.1 MB/20.0 MB  1.6 MB/s  0:11 left'));

  it('goes by the last seconds, and names the large file that has been in work the longest', () => {
    const working = [
      { path: 'data/model.bin', bytes: 430, totalBytes: 1000 },
      { path: 'data/other.bin', bytes: 1, totalBytes: 1000 },
    ];
    assert.equal(
      progressLine({ ...progress, rate: 16_900_000, working, current: 'data/small' }, 60, 200),
      'push  120/1000 files  3.1 MB/20.0 MB  16.9 MB/s  0:01 left  data/model.bin 43%',
    );
  });

  it('guesses from files where bytes have no total', () =>
    assert.equal(
      progressLine({ task: 'status', files: 10, totalFiles: 40, bytes: 0 }, 10, 200),
      'status  10/40 files  0:30 left',
    ));

  it('promises nothing in the first second, or without a total', () => {
    assert.equal(progressLine({ ...progress, bytes: 1 }, 0.5, 200), 'push  120/1000 files  1 B/20.0 MB');
    assert.equal(progressLine({ task: 'walk', files: 7, bytes: 0 }, 9, 200), 'walk  7 files');
  });

  it('keeps to the width, and to the end of a long path', () => {
    const line = progressLine({ ...progress, current: 'data/'.repeat(30) }, 2, 80);
    assert.equal(line.length, 80);
    assert.match(line, /….*data\/$/);
    assert.equal(progressLine(progress, 2, 10), 'push  120/');
  });
});

describe('inBytes', () => {
  for (const [bytes, text] of [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [999_950, '1.0 MB'],
    [5e15, '5000.0 TB'],
  ] as const)
    it(`prints ${bytes} as ${text}`, () => assert.equal(inBytes(bytes), text));
});

describe('createProgressView', () => {
  const event = (files: number) =>
    ({ type: 'progressed', progress: { task: 'add', files, totalFiles: 9, bytes: 0 } }) as const;
  function view(isTty: boolean) {
    const screen = { text: '', time: 0 };
    const shown = createProgressView({
      isTty,
      columns: () => 80,
      write: (text) => {
        screen.text += text;
      },
      now: () => screen.time,
    });
    return { screen, shown };
  }

  it('draws over one line on a terminal, ten times a second, and takes it away', () => {
    const { screen, shown } = view(true);
    for (const time of [0, 50, 99, 100]) {
      screen.time = time;
      shown.handle(event(time));
    }
    shown.handle({ type: 'task-finished', task: 'add' });
    assert.equal(screen.text, '\radd  0/9 files\x1b[K\radd  100/9 files\x1b[K\r\x1b[K');
  });

  it('prints a plain line every ten seconds elsewhere', () => {
    const { screen, shown } = view(false);
    for (const time of [0, 9_999, 10_000, 19_999]) {
      screen.time = time;
      shown.handle(event(3));
    }
    assert.equal(screen.text, 'add  3/9 files  0:20 left\n');
    screen.time = 61_000;
    shown.handle(event(9));
    shown.handle({ type: 'task-finished', task: 'add' });
    assert.match(screen.text, /\nadd {2}9 files in 1:01\n$/);
  });

  it('says nothing elsewhere of what takes no time', () => {
    const { screen, shown } = view(false);
    shown.handle(event(9));
    shown.handle({ type: 'task-finished', task: 'add' });
    assert.equal(screen.text, '');
  });
});

describe('printable', () => {
  const cases: readonly [name: string, text: string, expected: string][] = [
    ['keeps lines, tabs and letters of all kinds', 'a\tb\nünï 日本', 'a\tb\nünï 日本'],
    ['drops sequences that move the cursor or set the title', 'a\x1b[2J\x1b]0;t\x07b', 'a[2J]0;tb'],
    ['drops carriage returns, which hide what was before', 'bad\rgood', 'badgood'],
    ['drops marks that turn the direction', 'exe\u202etxt.\u2066', 'exetxt.'],
    ['drops the eight-bit escape', '\x9b31m', '31m'],
    ['drops colours it does not know, such as invisible text', '\x1b[8mx', '[8mx'],
  ];
  for (const [name, text, expected] of cases) it(name, () => assert.equal(printable(text), expected));

  it('keeps the colours of the command line', () => {
    const coloured = makeStyle(true).red('x');
    assert.equal(printable(coloured), coloured);
    assert.equal(makeStyle(false).red('x'), 'x');
  });
});

describe('wantsColour', () => {
  it('is for terminals, and respects NO_COLOR and dumb ones', () => {
    assert.equal(wantsColour(true, {}), true);
    assert.equal(wantsColour(false, {}), false);
    assert.equal(wantsColour(true, { NO_COLOR: '1' }), false);
    assert.equal(wantsColour(true, { TERM: 'dumb' }), false);
  });
});

describe('redactUrl', () => {
  const cases: readonly [text: string, expected: string][] = [
    ['s3://bucket/p', 's3://bucket/p'],
    ['ssh://me@host/p', 'ssh://me@host/p'],
    ['ssh://me:pw@host/p', 'ssh://me:***@host/p'],
    ['ssh://me:p@w@host/p', 'ssh://me:***@host/p'],
    ['https://ghp_token@host/p', 'https://***@host/p'],
    ['https://host/p?sig=abc&x=1&X-Amz-Signature=q', 'https://host/p?sig=***&x=1&X-Amz-Signature=***'],
    ['cannot reach https://u:p@a/b and http://u:p@c', 'cannot reach https://u:***@a/b and http://u:***@c'],
    ['me@example.com wrote', 'me@example.com wrote'],
  ];
  for (const [text, expected] of cases)
    it(`turns ${text} into ${expected}`, () => assert.equal(redactUrl(text), expected));
});

describe('isSecretOption', () => {
  it('knows secrets by name and by word', () => {
    for (const name of ['password', 'PASSWORD', 'sas_token', 'oss_key_secret', 'gdrive_client_secret', 'my_new_token'])
      assert.equal(isSecretOption(name), true, name);
    for (const name of ['url', 'ask_password', 'user', 'profile', 'exclude_shared_token_cache_credential', 'keyfile'])
      assert.equal(isSecretOption(name), false, name);
  });
});
