import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { HostedCall, HostedOutcome } from './cli-host.js';

const HOST = fileURLToPath(new URL('./cli-host.js', import.meta.url));
const MOST_HOSTS = 4;

/** Runs command lines of this project's programs in a few processes, each in one at a time. */
export class CliHosts {
  readonly #idle: ChildProcess[] = [];
  readonly #hosts = new Set<ChildProcess>();
  readonly #waiting: ((host: ChildProcess) => void)[] = [];

  /** Runs a command line to its end. Rejects where that takes longer, or its process ends. */
  async run(call: HostedCall, timeoutMs: number): Promise<HostedOutcome> {
    const host = await this.#take();
    const timeout = setTimeout(() => host.kill('SIGKILL'), timeoutMs);
    let stderr = '';
    const keep = (text: string) => {
      stderr += text;
    };
    host.stderr?.on('data', keep);
    const stop = new AbortController();
    const { signal } = stop;
    try {
      host.send(call);
      const ended = once(host, 'close', { signal }).then(([code, killedBy]) => {
        throw new Error(`${call.args.join(' ')}: its process ended with ${killedBy ?? code}: ${stderr}`);
      });
      const [outcome] = await Promise.race([once(host, 'message', { signal }), ended]);
      this.#giveBack(host);
      return outcome as HostedOutcome;
    } catch (error) {
      this.#drop(host);
      throw error;
    } finally {
      clearTimeout(timeout);
      stop.abort();
      host.stderr?.off('data', keep);
    }
  }

  /** Ends the runs that are under way, and their processes. */
  endRuns(): void {
    for (const host of this.#hosts) if (!this.#idle.includes(host)) host.kill('SIGKILL');
  }

  /** Ends all processes. */
  end(): void {
    for (const host of this.#hosts) host.kill('SIGKILL');
  }

  async #take(): Promise<ChildProcess> {
    const host = this.#idle.pop() ?? this.#start();
    if (host === undefined) return new Promise((resolve) => this.#waiting.push(resolve));
    for (const handle of handlesOf(host)) handle.ref();
    return host;
  }

  #start(): ChildProcess | undefined {
    if (this.#hosts.size === MOST_HOSTS) return undefined;
    const host = fork(HOST, { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    host.stderr?.setEncoding('utf8');
    this.#hosts.add(host);
    return host;
  }

  /** Gives a process to the next run; one that nothing waits for does not keep this process alive. */
  #giveBack(host: ChildProcess): void {
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next(host);
      return;
    }
    for (const handle of handlesOf(host)) handle.unref();
    this.#idle.push(host);
  }

  #drop(host: ChildProcess): void {
    host.kill('SIGKILL');
    this.#hosts.delete(host);
    const next = this.#waiting.shift();
    const another = next && this.#start();
    if (another !== undefined) next?.(another);
  }
}

/** What of a process keeps this one alive. */
function handlesOf(host: ChildProcess): { ref(): void; unref(): void }[] {
  return [host, host.channel, host.stderr as Socket | null].filter((handle) => handle != null);
}
