import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** `ss` takes some 10 ms, and more on a busy machine. */
const DEFAULT_TIMEOUT_MS = 10_000;
/** Of 100,000 sockets. */
const MOST_OUTPUT_CHARACTERS = 64 << 20;
/** Ends the output of one run of `ss`; its exit code follows. No line of `ss` begins so. */
const END = '#';

/**
 * Runs `ss` once for each line that it reads: for `p` with the processes of sockets, otherwise with what is counted for
 * them. Its parameters are the program and the two filters.
 */
const SHELL = `while read -r what; do
  if [ "$what" = p ]; then "$0" -tnpHO state established "$2"; else "$0" -tinHO state established "$1"; fi 2>/dev/null
  echo "${END}$?"
done`;

export interface SsOptions {
  /** The program `ss` of iproute2. Default: the one on the path. */
  readonly command?: string;
  /** Default 10,000. */
  readonly timeoutMs?: number;
}

/**
 * Lines of output; `missing`: there is no such program, or it is too old; `late`: it was ended at the time-out, or could not
 * be started now.
 */
export type SsOutput = readonly string[] | 'missing' | 'late';

/**
 * Runs `ss` of iproute2 for the sockets of some ports, in a shell that is started once. Starting a process stops the
 * calling thread for milliseconds, in proportion to its memory; the shell starts `ss` in far less, and meanwhile the thread
 * goes on. One run goes on at a time.
 */
export class SsProcess {
  private readonly _args: readonly string[];
  private readonly _timeoutMs: number;
  private _shell: ChildProcessByStdio<Writable, Readable, null> | undefined;
  private _text = '';
  private _answer: ((output: SsOutput) => void) | undefined;
  private _queue: Promise<unknown> = Promise.resolve();

  /** @param ports local ports */
  constructor(ports: readonly number[], { command = 'ss', timeoutMs = DEFAULT_TIMEOUT_MS }: SsOptions = {}) {
    const both = portFilter(['sport', 'dport'], ports);
    this._args = ['-c', SHELL, command, both, portFilter(['dport'], ports)];
    this._timeoutMs = timeoutMs;
  }

  /** Sockets of both sides, with what is counted for them. Never rejects. */
  readCounters(): Promise<SsOutput> {
    return this._inTurn('c');
  }

  /** Sockets of the other side, with their processes. Never rejects. */
  readProcesses(): Promise<SsOutput> {
    return this._inTurn('p');
  }

  /** Ends the shell, and with it a run that goes on. A later run starts another one. */
  close(): void {
    const { _shell: shell } = this;
    this._shell = undefined;
    this._settle('late');
    if (shell?.pid === undefined) return;
    try {
      // With what it runs: it leads a process group of its own.
      process.kill(-shell.pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }

  private _inTurn(what: 'c' | 'p'): Promise<SsOutput> {
    const output = this._queue.then(() => this._run(what));
    this._queue = output;
    return output;
  }

  private _run(what: 'c' | 'p'): Promise<SsOutput> {
    return new Promise((resolve) => {
      const timeout = setTimeout(() => this.close(), this._timeoutMs);
      this._answer = (output) => {
        clearTimeout(timeout);
        resolve(output);
      };
      try {
        this._shell ??= this._start();
        this._shell.stdin.write(`${what}\n`);
      } catch {
        // Without a file descriptor that is left, Node gives a process without pipes.
        this.close();
      }
    });
  }

  private _start(): ChildProcessByStdio<Writable, Readable, null> {
    // A group of its own, so that Ctrl-C at a terminal does not end it before its time.
    const shell = spawn('/bin/sh', this._args, { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
    this._text = '';
    const isGone = () => {
      if (this._shell !== shell) return;
      this._shell = undefined;
      this._settle('missing');
    };
    shell.on('error', isGone).on('close', isGone);
    shell.stdin.on('error', () => {}); // `close` follows.
    shell.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (this._shell === shell) this._take(text);
    });
    // It ends when its input does, so this process need not stay for it. While a run goes on, the timer keeps it.
    shell.unref();
    for (const pipe of [shell.stdin, shell.stdout]) (pipe as unknown as { unref(): void }).unref();
    return shell;
  }

  private _take(text: string): void {
    this._text += text;
    if (this._text.length > MOST_OUTPUT_CHARACTERS) this.close();
    const end = this._text.startsWith(END) ? 0 : this._text.indexOf(`\n${END}`) + 1;
    if ((end === 0 && !this._text.startsWith(END)) || !this._text.endsWith('\n')) return;
    const output = this._text.slice(0, end);
    const code = Number(this._text.slice(end + END.length));
    this._text = '';
    if (code === 0) this._settle(output.split('\n').filter((line) => line.trim() !== ''));
    else this._settle('missing');
  }

  private _settle(output: SsOutput): void {
    this._answer?.(output);
    this._answer = undefined;
  }
}

/** A filter of `ss` for sockets whose own port, or whose peer's port, is one of `ports`. */
function portFilter(sides: readonly ('sport' | 'dport')[], ports: readonly number[]): string {
  return `( ${sides.flatMap((side) => ports.map((port) => `${side} = :${port}`)).join(' or ')} )`;
}
