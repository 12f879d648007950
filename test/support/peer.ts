/**
 * The programs that tests run against each other: this one and the Python subscriber, in processes of their own, as at a
 * telescope. Nothing here waits for a time to pass: programs say when they are ready, and end.
 */
import './own-cache.js';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CliHosts } from './cli-hosts.js';

export { freePort } from './free-port.js';

/** Of the repository, seen from dist/test/support/. Python files have no copy in dist. */
const root = fileURLToPath(new URL('../../../', import.meta.url));
const CLI = fileURLToPath(new URL('../../bundle/cli.cjs', import.meta.url));
const SUBSCRIBER = `${root}test/support/python/subscriber.py`;

/** Of all that a program does, on a busy machine. */
const DEFAULT_TIMEOUT_MS = 180_000;
/** How long a program may take to end once it was asked to. */
const END_TIMEOUT_MS = 5_000;

/** How a program ended. `code` is null where a signal ended it. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** The program is killed, and its outcome rejects, after so long. Default 180,000. */
  readonly timeoutMs?: number;
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** It has an input, which nothing is written to, and which ends with this process. Default false: it has none. */
  readonly hasInput?: boolean;
}

const running = new Set<RunningProgram>();

/** A program that was started. */
export class RunningProgram {
  stdout = '';
  stderr = '';
  /** Settles when the program has ended and all it wrote was read; rejects if it did not start or timed out. */
  readonly outcome: Promise<Outcome>;
  readonly #child: ChildProcess;
  readonly #commandLine: string;

  constructor(command: string, args: readonly string[], options: RunOptions = {}) {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, cwd, env, hasInput = false } = options;
    this.#commandLine = [command, ...args].join(' ');
    this.#child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: [hasInput ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    running.add(this);
    this.outcome = this.#untilEnd(timeoutMs);
    // Whoever awaits the outcome still gets to know: this only keeps one that nobody awaits from being fatal.
    this.outcome.catch(() => {});
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.#child.kill(signal);
  }

  /** Resolves once `pattern` stands in what the program wrote, to either stream; rejects if it ends before. */
  waitForOutput(pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (pattern.test(this.stdout) || pattern.test(this.stderr)) resolve();
      };
      const fail = () => reject(new Error(`ended without ${pattern}: ${this.#description()}`));
      this.#child.stdout?.on('data', check);
      this.#child.stderr?.on('data', check);
      check();
      // After a resolve, a reject does nothing.
      this.outcome.then(fail, fail);
    });
  }

  /** Ends the program if it still runs: politely, and then not. */
  async end(): Promise<void> {
    this.kill('SIGTERM');
    const impatience = setTimeout(() => this.kill('SIGKILL'), END_TIMEOUT_MS);
    await this.outcome.catch(() => {});
    clearTimeout(impatience);
  }

  async #untilEnd(timeoutMs: number): Promise<Outcome> {
    let hasTimedOut = false;
    const timeout = setTimeout(() => {
      hasTimedOut = true;
      this.kill('SIGKILL');
    }, timeoutMs);
    try {
      const [code, signal] = (await once(this.#child, 'close')) as [number | null, NodeJS.Signals | null];
      if (hasTimedOut) throw new Error(`did not end within ${timeoutMs} ms: ${this.#description()}`);
      return { code, signal, stdout: this.stdout, stderr: this.stderr };
    } finally {
      clearTimeout(timeout);
      running.delete(this);
    }
  }

  #description(): string {
    return `${this.#commandLine}\nstdout: ${this.stdout}\nstderr: ${this.stderr}`;
  }
}

const hosts = new CliHosts();

process.on('exit', () => {
  for (const program of running) program.kill('SIGKILL');
  hosts.end();
});

/** Ends whatever of this module's programs still runs. For `after` of a test file. */
export async function endAll(): Promise<void> {
  hosts.endRuns();
  await Promise.all([...running].map((program) => program.end()));
}

/**
 * Starts this project's command line program.
 *
 * @param within a command that runs its command line, such as one that enters a network namespace. Default: none
 */
export function startCli(
  args: readonly string[],
  options?: RunOptions,
  within: readonly string[] = [],
): RunningProgram {
  const [command = '', ...rest] = [...within, process.execPath, CLI, ...args];
  return new RunningProgram(command, rest, options);
}

/**
 * Runs this project's command line program to its end, in a process that it shares with other runs, one after the other:
 * that takes a tenth of the time of `startCli`. Four runs go on at once: a test that has two wait for each other must not be
 * one of more than two at a time. With an environment of its own it gets a process of its own.
 */
export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  if (options.env !== undefined) return startCli(args, options).outcome;
  return runHosted(CLI, args, options);
}

/** As `runCli`, another program of this project. @param program path of its module */
export async function runHosted(
  program: string,
  args: readonly string[],
  { timeoutMs = DEFAULT_TIMEOUT_MS, cwd = process.cwd() }: Pick<RunOptions, 'timeoutMs' | 'cwd'> = {},
): Promise<Outcome> {
  return { ...(await hosts.run({ program, args, cwd }, timeoutMs)), signal: null };
}

let python: { path: string | undefined } | undefined;

/** The first Python that has pyzmq, if there is one. */
export function findPython(): string | undefined {
  // Debian's package serves Debian's Python only, which need not be the first on the path.
  python ??= {
    path: ['/usr/bin/python3', 'python3'].find(
      (candidate) => spawnSync(candidate, ['-c', 'import zmq'], { stdio: 'ignore' }).status === 0,
    ),
  };
  return python.path;
}

/**
 * For node:test's `skip`: false where there is a Python with pyzmq, or else why the test is skipped.
 *
 * @throws Error on CI, where such a test must not be skipped silently
 */
export function skipWithoutPython(): string | false {
  if (findPython() !== undefined) return false;
  const reason = 'no python3 can import zmq (Debian: apt-get install python3-zmq)';
  if (process.env.CI === 'true') throw new Error(reason);
  return reason;
}

/** The Python that has pyzmq. */
export function requirePython(): string {
  const found = findPython();
  if (found === undefined)
    throw new Error('No python3 can import zmq: skip the test with skipWithoutPython()');
  return found;
}

export interface SubscriberOptions {
  /** Prefixes of topics. Default: everything. */
  readonly topics?: readonly string[];
  /** Ends after so many messages. Default: when its publishers have ended. */
  readonly count?: number;
  /** File that gets what comes; `readRecorded` reads it. */
  readonly record?: string;
  /** Key of an attribute that must grow by one from message to message. */
  readonly sequence?: string;
  /** Messages queued at the receiver; 0, the default: no limit. */
  readonly highWaterMark?: number;
  /** Most that the kernel keeps for it while it takes nothing. Default: what the system chooses, which grows to megabytes. */
  readonly receiveBufferBytes?: number;
  /** Seconds that it takes for each message. Default 0. */
  readonly eachS?: number;
  /** It is held up, as by `hold`, after so many messages. */
  readonly holdAfter?: number;
  /** The subscriber is killed after so long. Default 180,000. */
  readonly timeoutMs?: number;
  /** Certificates of the publisher and of its own, for an encrypted connection. */
  readonly curve?: { readonly server: string; readonly keys: string };
  /** A command that runs the subscriber's command line, such as one that enters a network namespace. Default: none. */
  readonly within?: readonly string[];
}

/** What a subscriber saw. Times are Unix seconds, null where no message came. */
export interface SubscriberResult {
  readonly received: number;
  /** How many numbers of the sequence were left out. */
  readonly lost: number;
  /** How many messages had a number that was not above that of the message before. */
  readonly outOfOrder: number;
  /** How many messages had no number. */
  readonly unnumbered: number;
  /** How many messages did not have two frames. */
  readonly malformed: number;
  readonly first: number | null;
  readonly last: number | null;
  /** From the first message to the last. */
  readonly seconds: number;
  readonly firstSequence: number | null;
  readonly lastSequence: number | null;
  /** Of all frames. */
  readonly bytes: number;
}

/** A subscriber in Python. */
export class PythonSubscriber {
  readonly #program: RunningProgram;

  private constructor(program: RunningProgram) {
    this.#program = program;
  }

  /** Resolves once the subscriber has subscribed; it connects as soon as there is a publisher. */
  static async start(
    urls: string | readonly string[],
    options: SubscriberOptions = {},
  ): Promise<PythonSubscriber> {
    const {
      topics,
      count,
      record,
      sequence,
      highWaterMark,
      receiveBufferBytes,
      eachS,
      holdAfter,
      timeoutMs,
      curve,
      within = [],
    } = options;
    const args = [SUBSCRIBER, ...(typeof urls === 'string' ? [urls] : urls)];
    if (topics !== undefined && topics.length > 0) args.push('--topics', ...topics);
    if (count !== undefined) args.push('--count', String(count));
    const longS = String(DEFAULT_TIMEOUT_MS / 1000);
    args.push('--until-end', '--idle', longS, '--timeout', longS);
    if (record !== undefined) args.push('--record', record);
    if (sequence !== undefined) args.push('--sequence', sequence);
    if (highWaterMark !== undefined) args.push('--hwm', String(highWaterMark));
    if (receiveBufferBytes !== undefined) args.push('--receive-buffer', String(receiveBufferBytes));
    if (eachS !== undefined) args.push('--each', String(eachS));
    if (holdAfter !== undefined) args.push('--stop-after', String(holdAfter));
    if (curve !== undefined) args.push('--curve-server', curve.server, '--curve-keys', curve.keys);
    const [command = '', ...rest] = [...within, requirePython(), ...args];
    const program = new RunningProgram(command, rest, { timeoutMs });
    await program.waitForOutput(/^ready$/m);
    return new PythonSubscriber(program);
  }

  get pid(): number | undefined {
    return this.#program.pid;
  }

  /** Resolves once the subscriber has ended by itself. */
  async result(): Promise<SubscriberResult> {
    const { code, stdout, stderr } = await this.#program.outcome;
    if (code !== 0) throw new Error(`The subscriber ended with ${code}: ${stderr}`);
    return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as SubscriberResult;
  }

  /** Holds the subscriber up until `release`: it takes nothing, and stays connected. */
  hold(): void {
    this.#program.kill('SIGSTOP');
  }

  release(): void {
    this.#program.kill('SIGCONT');
  }

  /** Ends the subscriber at once: its connection breaks off. */
  kill(): void {
    this.#program.kill('SIGKILL');
  }

  /** Ends the subscriber; what has arrived is counted still. */
  stop(): Promise<SubscriberResult> {
    this.#program.kill('SIGTERM');
    return this.result();
  }
}

export interface RecordedMessage {
  readonly topic: string;
  /** As it was sent: numbers that JSON.parse would round are still whole here. */
  readonly payloadText: string;
  /** Unix seconds. */
  readonly receivedAtS: number;
}

/** What a subscriber with `record` has written. */
export function readRecorded(file: string): RecordedMessage[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [topic, payloadText, receivedAtS] = JSON.parse(line) as [string, string, number];
      return { topic, payloadText, receivedAtS };
    });
}
