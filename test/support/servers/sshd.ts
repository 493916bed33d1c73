import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import type { SshPlace } from '../../../src/engine/remote/ssh-settings.ts';
import { programOnPath } from './programs.ts';
import { answersTcp, type Server, ServerMissing, startServer } from './server.ts';

export interface SshServer extends Server {
  readonly user: string;
  /** A home with the server among its known hosts, a key that is let in (`id_ed25519`), and no configuration. */
  readonly place: SshPlace;
  /** Let in as well; its passphrase is `pass phrase`. */
  readonly lockedKey: string;
  /** A key that is not let in. */
  readonly strangeKey: string;
  /** `SHA256:…` of the key that the server shows. */
  readonly fingerprint: string;
  /** The lines of known_hosts for another port. */
  knownAt(port: number): string;
  /** A folder in this machine's file system that the server serves too. */
  readonly data: string;
  /** `ssh://USER@127.0.0.1:PORT/FOLDER` */
  urlOf(folder: string): string;
}

export interface SshServerOptions {
  /** Lets a user in with a password, and no keys: see {@link PASSWORD_USER}. Needs root. */
  readonly password?: boolean;
}

export const PASSWORD_USER = { user: 'lode-test', password: 'p w%40' } as const;
export const PASSPHRASE = 'pass phrase';

/** Debian's SSH server, with keys of its own. */
export async function startSshd({ password = false }: SshServerOptions = {}): Promise<SshServer> {
  const sshd = programOnPath('sshd', 'openssh-server');
  const keygen = programOnPath('ssh-keygen', 'openssh-client');
  if (password && process.getuid?.() !== 0) throw new ServerMissing('a server with passwords needs root');
  const run = (program: string, ...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${program} ${args[0]} failed: ${stderr}`);
    return stdout;
  };
  const makeKey = (file: string, passphrase = '', type = 'ed25519'): void =>
    void run(keygen, '-q', '-a', '1', '-t', type, '-N', passphrase, '-C', 'lode', '-f', file);
  const server = await startServer({
    name: 'sshd',
    command: ({ port, folder }) => {
      const at = (name: string): string => join(folder, name);
      if (!fs.existsSync(at('host_ed25519'))) {
        for (const part of ['home/.ssh', 'data']) fs.mkdirSync(at(part), { recursive: true });
        makeKey(at('host_ed25519'));
        makeKey(at('host_ecdsa'), '', 'ecdsa');
        makeKey(at('home/.ssh/id_ed25519'));
        makeKey(at('locked'), PASSPHRASE);
        makeKey(at('strange'));
        const keys = [at('home/.ssh/id_ed25519.pub'), at('locked.pub')].map((file) => fs.readFileSync(file, 'utf8'));
        fs.writeFileSync(at('authorized_keys'), keys.join(''));
        fs.writeFileSync(at('sshd_config'), settings(port, at, password));
      }
      fs.mkdirSync('/run/sshd', { recursive: true });
      if (!password) return { program: sshd, args: ['-D', '-e', '-f', at('sshd_config')] };
      makeUsers(at('etc'), run(programOnPath('openssl', 'openssl'), 'passwd', '-6', PASSWORD_USER.password).trim());
      const script = `mount --bind ${at('etc')} /etc && exec ${sshd} -D -e -f ${at('sshd_config')}`;
      return {
        program: programOnPath('unshare', 'util-linux'),
        args: ['-m', '--propagation', 'private', 'sh', '-c', script],
      };
    },
    ready: ({ port }) => answersTcp(port, 'SSH-'),
  });
  const { folder, port } = server;
  const home = join(folder, 'home');
  const hostKey = fs.readFileSync(join(folder, 'host_ed25519.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
  const knownAt = (other: number): string => `[127.0.0.1]:${other} ${hostKey}\n`;
  fs.writeFileSync(join(home, '.ssh/known_hosts'), knownAt(port));
  const user = password ? PASSWORD_USER.user : os.userInfo().username;
  return {
    ...server,
    user,
    place: { home, user: os.userInfo().username, env: {}, platform: 'linux', configs: [join(home, '.ssh/config')] },
    lockedKey: join(folder, 'locked'),
    strangeKey: join(folder, 'strange'),
    fingerprint: run(keygen, '-l', '-f', join(folder, 'host_ed25519.pub')).split(' ')[1] ?? '',
    knownAt,
    data: join(folder, 'data'),
    urlOf: (path) => `ssh://${user}@127.0.0.1:${port}${path}`,
  };
}

const settings = (port: number, at: (name: string) => string, password: boolean): string => `
Port ${port}
ListenAddress 127.0.0.1
HostKey ${at('host_ed25519')}
HostKey ${at('host_ecdsa')}
PidFile none
AuthorizedKeysFile ${at('authorized_keys')}
PubkeyAuthentication ${password ? 'no' : 'yes'}
PasswordAuthentication ${password ? 'yes' : 'no'}
KbdInteractiveAuthentication no
StrictModes no
UsePAM no
UseDNS no
PermitRootLogin yes
MaxStartups 100
Subsystem sftp internal-sftp
`;

/** A copy of this machine's accounts with one more, which the server alone sees. */
function makeUsers(etc: string, hash: string): void {
  fs.rmSync(etc, { recursive: true, force: true });
  fs.cpSync('/etc', etc, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !/\/(?:ssl|alternatives)$/.test(path),
  });
  fs.appendFileSync(join(etc, 'passwd'), `${PASSWORD_USER.user}:x:0:0::/root:/bin/sh\n`);
  fs.appendFileSync(join(etc, 'shadow'), `${PASSWORD_USER.user}:${hash}:19000:0:99999:7:::\n`);
}
