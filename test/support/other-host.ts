import { spawnSync } from 'node:child_process';
import { endAll, RunningProgram } from './peer.js';

/** Networks of two addresses each, in the range that is kept for trials (RFC 2544): 198.18.0.0/15. */
const NETWORKS = 32_768;
/** Processes that run at the same time have numbers that are nearer to each other. */
const STRIDE = 8191;

/** Networks that this process has made. */
let made = 0;

/** Runs a program in a network namespace. */
const ENTER = 'nsenter';

/**
 * A network namespace that is connected to this machine by a pair of virtual interfaces: to the programs in it, and to those
 * outside, it is another host. It lasts as long as the programs in it; the interfaces go with it.
 */
export class OtherHost {
  /** Address of this machine as it is seen from there. */
  readonly here: string;
  /** What stands before a command line that runs there. */
  readonly enter: readonly string[];

  /**
   * @param options.receiveBufferBytes most that the kernel keeps for a program there which does not read. Default: the system's
   * @throws Error where this user may not make one
   */
  static async open(options: { readonly receiveBufferBytes?: number } = {}): Promise<OtherHost> {
    const { receiveBufferBytes } = options;
    const number = made;
    made += 1;
    // Test files run at the same time, and each is a process.
    const index = (process.pid + number * STRIDE) % NETWORKS;
    const [high, low] = [18 + Math.floor(index / 16_384), (index * 4) % 65_536];
    const address = (host: number) => `198.${high}.${Math.floor(low / 256)}.${(low % 256) + host}`;
    // It ends with this process, whatever ends that: its input does.
    const holder = new RunningProgram('unshare', ['--net', 'sh', '-c', 'echo there; exec cat'], {
      hasInput: true,
    });
    await holder.waitForOutput(/^there$/m);
    const pid = String(holder.pid);
    const [mine, other] = [`tcs${process.pid}a${number}`, `tcs${process.pid}b${number}`];
    const enter = [ENTER, '--net', '--target', pid];
    run('ip', 'link', 'add', mine, 'type', 'veth', 'peer', 'name', other, 'netns', pid);
    run('ip', 'address', 'add', `${address(1)}/30`, 'dev', mine);
    run('ip', 'link', 'set', mine, 'up');
    run(...enter, 'ip', 'address', 'add', `${address(2)}/30`, 'dev', other);
    run(...enter, 'ip', 'link', 'set', other, 'up');
    if (receiveBufferBytes !== undefined) {
      const sizes = `4096 ${receiveBufferBytes} ${receiveBufferBytes}`;
      run(...enter, 'sh', '-c', `echo ${sizes} > /proc/sys/net/ipv4/tcp_rmem`);
    }
    return new OtherHost(address(1), enter, holder);
  }

  private readonly _holder: RunningProgram;

  private constructor(here: string, enter: readonly string[], holder: RunningProgram) {
    this.here = here;
    this.enter = enter;
    this._holder = holder;
  }

  /** Ends the programs that this test has started, in it and elsewhere. */
  async close(): Promise<void> {
    await endAll();
    await this._holder.end();
  }
}

/**
 * For node:test's `skip`: false where this user may make network namespaces and interfaces, or else why the test is skipped.
 *
 * @throws Error on CI, where such a test must not be skipped silently
 */
export function skipWithoutOtherHost(): string | false {
  if (process.platform !== 'linux') return 'Linux alone has network namespaces';
  const trial = 'ip link add tcstrial type veth peer name tcstrial2';
  const { status, stderr } = spawnSync('unshare', ['--net', 'sh', '-c', trial], { encoding: 'utf8' });
  if (status === 0) return false;
  const reason = `no network namespace can be made, which takes root and iproute2: ${stderr?.trim()}`;
  if (process.env.CI === 'true') throw new Error(reason);
  return reason;
}

function run(...commandLine: string[]): void {
  const [command = '', ...args] = commandLine;
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${commandLine.join(' ')}: ${stderr ?? error}`);
}
