import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { commandHelp } from '../../../src/cli/args.ts';
import { COMMANDS } from '../../../src/cli/commands/index.ts';
import { completionScript, SHELLS } from '../../../src/cli/completion.ts';
import { nearest } from '../../../src/cli/help.ts';
import { main } from '../../../src/cli/main.ts';
import { type CommandLoader, type CommandSpec, isGroup } from '../../../src/cli/spec.ts';
import { useSandbox } from '../../support/sandbox.ts';

describe('lode', () => {
  const sandbox = useSandbox('cli');
  const before = { cwd: process.cwd(), env: { ...process.env } };
  beforeEach(() => {
    const { env } = sandbox();
    for (const name of ['HOME', 'DVC_GLOBAL_CONFIG_DIR', 'DVC_SYSTEM_CONFIG_DIR']) process.env[name] = env[name];
    fs.mkdirSync(sandbox().path('repo/.dvc'), { recursive: true });
    fs.mkdirSync(sandbox().path('repo/a/b'), { recursive: true });
    fs.mkdirSync(sandbox().path('out'));
    process.chdir(sandbox().path('repo'));
  });
  afterEach(() => {
    process.chdir(before.cwd);
    for (const name of ['HOME', 'DVC_GLOBAL_CONFIG_DIR', 'DVC_SYSTEM_CONFIG_DIR'])
      if (before.env[name] === undefined) delete process.env[name];
      else process.env[name] = before.env[name];
  });

  async function lode(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
    const texts = { out: '', err: '' };
    const sink = (name: 'out' | 'err') => ({
      write(text: string, done?: () => void) {
        texts[name] += text;
        done?.();
      },
    });
    const signal = new AbortController().signal;
    const code = await main(argv, { stdout: sink('out'), stderr: sink('err'), signal, env: {} });
    return { code, ...texts };
  }

  const config = (): string => fs.readFileSync(sandbox().path('repo/.dvc/config'), 'utf8');

  it('prints its help without a verb', async () => {
    const { code, out, err } = await lode();
    assert.equal(code, 254);
    assert.match(out, /^usage: lode .*\ncommands:\n.*\n {2}remote +Set up/s);
    assert.equal(err, '');
  });

  it('prints help with -h at every depth, and for `help`', async () => {
    for (const argv of [
      ['remote', 'add', '-h'],
      ['remote', 'add', '--help'],
      ['help', 'remote', 'add'],
    ]) {
      const { code, out } = await lode(...argv);
      assert.equal(code, 0);
      assert.match(out, /^usage: lode remote add /);
      assert.match(out, /examples:\n {2}lode remote add -d store/);
    }
    assert.match((await lode('remote', '-h')).out, /commands:\n {2}add +Add a new data remote\./);
    assert.match((await lode('-h')).out, /^usage: lode \[-h\]/);
  });

  it('suggests what a mistyped verb may have meant', async () => {
    const { code, out, err } = await lode('confg');
    assert.equal(code, 254);
    assert.equal(err, "ERROR: unknown command 'confg'. Did you mean 'config'?\n");
    assert.match(out, /^usage: lode /);
    assert.match((await lode('remote', 'ad')).err, /Did you mean 'add'\?/);
  });

  const usage: readonly [argv: string[], message: RegExp][] = [
    [['root', '--nosuch'], /unrecognized arguments: --nosuch/],
    [['root', 'extra'], /unrecognized arguments: extra/],
    [['remote', 'add', 'x'], /the following arguments are required: url/],
    [['remote'], /the following arguments are required: command/],
    [['config', '--global', '--local', 'core.remote'], /argument --local: not allowed with argument --global/],
    [['config', 'core'], /name argument should look like/],
    [['-q', '-v', 'root'], /not allowed with argument/],
    [['completion', '-s', 'fish'], /invalid choice: 'fish'/],
  ];
  for (const [argv, message] of usage)
    it(`refuses \`lode ${argv.join(' ')}\` with status 254`, async () => {
      const { code, err } = await lode(...argv);
      assert.equal(code, 254);
      assert.match(err, message);
    });

  it('reads options as argparse does: shortened, combined, before and behind operands', async () => {
    assert.equal((await lode('remote', 'add', '-d', 'one', '../x')).code, 0);
    assert.equal((await lode('remote', 'add', 'one', '--forc', '../y')).code, 0);
    assert.equal((await lode('remote', 'add', '-fd', 'one', '../z')).code, 0);
    assert.equal(config(), `[core]\n    remote = one\n['remote "one"']\n    url = ../../z\n`);
    assert.equal((await lode('config', '--li')).out, `remote.one.url=${sandbox().path('z')}\ncore.remote=one\n`);
  });

  it('takes -q and -v before and behind each word', async () => {
    for (const argv of [
      ['-q', 'root'],
      ['root', '-q'],
      ['-q', 'root', '-q'],
    ])
      assert.equal((await lode(...argv)).out, '');
    for (const argv of [
      ['-v', 'root'],
      ['root', '-v'],
      ['root', '-vv'],
    ])
      assert.equal((await lode(...argv)).out, '.\n');
  });

  it('goes where --cd says', async () => {
    assert.equal((await lode('--cd', 'a/b', 'root')).out, '../..\n');
    process.chdir(sandbox().path('repo'));
    assert.equal((await lode('--cd', 'nosuch', 'root')).code, 254);
  });

  it('accepts the debugging switches of DVC', async () =>
    assert.equal((await lode('--cprofile', 'root', '--cprofile-dump', 'x', '--show-stack')).code, 0));

  it('has the exit statuses of DVC', async () => {
    assert.equal((await lode('config', 'core.nosuch', '1')).code, 251);
    assert.equal((await lode('config')).code, 1);
    assert.equal((await lode('remote', 'default')).code, 1);
    process.chdir(sandbox().path('out'));
    const { code, err } = await lode('root');
    assert.equal(code, 253);
    assert.match(err, /^ERROR: you are not inside of a DVC repository/);
    assert.equal((await lode('config', 'core.remote', 'x')).code, 251);
    assert.equal((await lode('config', '--global', 'core.autostage', 'true')).code, 0);
    assert.equal((await lode('config', 'core.autostage')).out, 'true\n');
  });

  it('reads metrics and plots in no repository too, and leaves nothing there', async () => {
    process.chdir(sandbox().path('out'));
    fs.writeFileSync('m.json', '{"acc": 1}');
    fs.writeFileSync('l.csv', 'step,loss\n0,1\n');
    assert.match((await lode('metrics', 'show', 'm.json')).out, /^m\.json +1$/m);
    const { data } = JSON.parse((await lode('plots', 'show', '--json', 'l.csv')).out) as {
      data: Record<string, unknown[]>;
    };
    assert.equal(data['l.csv']?.length, 1);
    for (const [what, code] of [
      ['metrics', 255],
      ['params', 255],
      ['plots', 1],
    ] as const)
      assert.equal((await lode(what, 'diff')).code, code, what);
    assert.deepEqual(fs.readdirSync('.').sort(), ['l.csv', 'm.json']);
  });

  it('shows where values come from', async () => {
    await lode('config', 'core.autostage', 'true');
    await lode('config', '--global', 'core.analytics', 'false');
    assert.equal(
      (await lode('config', '-l', '--show-origin')).out,
      `${sandbox().path('home/global/config')}\tcore.analytics=false\n.dvc/config\tcore.autostage=true\n`,
    );
  });

  it('prints no secret, whatever is asked but the secret itself', async () => {
    await lode('remote', 'add', 'r', 'https://me:S3CRET@host/p?token=S3CRET');
    const said = [await lode('remote', 'modify', '--local', 'r', 'password', 'S3CRET', '-v')];
    for (const argv of [
      ['remote', 'list'],
      ['config', '-l'],
      ['-v', 'remote', 'list'],
      ['config', '-l', '--show-origin', '-vv'],
    ])
      said.push(await lode(...argv));
    said.push(await lode('-v', 'remote', 'add', 'r', 'https://me:S3CRET@host/q'));
    said.push(await lode('-v', 'config', 'remote.r.nosuch', 'S3CRET'));
    assert.ok(!JSON.stringify(said).includes('S3CRET'), JSON.stringify(said));
    assert.equal((await lode('config', 'remote.r.password')).out, 'S3CRET\n');
    assert.equal(fs.statSync(sandbox().path('repo/.dvc/config.local')).mode & 0o777, 0o600);
  });

  it('lets no control character of a file through to the terminal', async () => {
    fs.writeFileSync(sandbox().path('repo/.dvc/config'), `['remote "a\x1b]0;x\x07b\u202e"']\n    url = /x\x1b[2Jy\n`);
    const { out } = await lode('remote', 'list');
    assert.doesNotMatch(out, /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
    assert.match(out, /a\]0;xb +\/x\[2Jy/);
  });

  it('prints only the number for --version, and sections for version', async () => {
    assert.match((await lode('--version')).out, /^\d+\.\d+\.\d+\n$/);
    assert.equal((await lode('-V')).out, (await lode('--version')).out);
    const { out } = await lode('version');
    for (const name of ['Lode version: ', 'Platform: Node ', 'Config:\n\tGlobal: ', 'Remotes: None', 'Repo: '])
      assert.ok(out.includes(name), name);
    const checked = await lode('doctor');
    assert.ok(checked.out.startsWith(out.trimEnd()), 'doctor begins with the version report');
    assert.match(checked.out, /^ok\s+Configuration: /m);
  });
});

describe('the table of commands', () => {
  async function every(table: Readonly<Record<string, CommandLoader>>, path = ''): Promise<[string, CommandSpec][]> {
    const found: [string, CommandSpec][] = [];
    for (const [name, load] of Object.entries(table)) {
      const { command } = await load();
      const at = `${path} ${name}`.trim();
      assert.ok(command.name === name || command.aliases?.includes(name), `${at} is called ${command.name}`);
      assert.ok(command.examples.length > 0 && command.examples.every((line) => line.includes('lode ')), at);
      if (isGroup(command)) found.push(...(await every(command.subcommands, at)));
      else found.push([at, command]);
    }
    return found;
  }

  it('has help with examples for every command', async () => {
    for (const [path, command] of await every(COMMANDS)) {
      const help = commandHelp(path, command);
      assert.ok(help.startsWith(`usage: lode ${path} `), path);
      for (const line of command.examples) assert.ok(help.includes(line), path);
      for (const { flags, help: about } of command.arguments) assert.ok(about.length > 3, `${path} ${flags[0]}`);
    }
  });

  for (const shell of SHELLS)
    it(`completes every command in ${shell}`, async () => {
      const script = await completionScript(shell, COMMANDS);
      for (const name of Object.keys(COMMANDS)) assert.ok(script.includes(name), name);
      assert.ok(script.includes('--show-origin'));
    });
});

describe('nearest', () => {
  const cases: readonly [typed: string, expected: string | undefined][] = [
    ['stauts', 'status'],
    ['pul', 'pull'],
    ['chekout', 'checkout'],
    ['zzz', undefined],
  ];
  for (const [typed, expected] of cases)
    it(`finds ${expected ?? 'nothing'} for '${typed}'`, () =>
      assert.equal(nearest(typed, ['status', 'pull', 'push', 'checkout']), expected));
});
