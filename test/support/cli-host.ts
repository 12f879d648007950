/**
 * A process that runs a command line program of this project again and again, each time as if in a process of its own: to
 * start one takes most of the time of a short run. `CliHosts` starts it and sends it command lines.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** Asks for a run of a program with these arguments. */
export interface HostedCall {
  /** Path of the program's module, which runs when it is loaded. One of CommonJS exports the promise of its end as its default. */
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
}

/** What a run wrote, and the exit code that its process would have had. */
export interface HostedOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const STREAMS = ['stdout', 'stderr'] as const;
const require = createRequire(import.meta.url);
let runs = 0;

process.on('message', async (call: HostedCall) => {
  process.send?.(await run(call));
});
process.on('disconnect', () => process.exit());

async function run({ program, args, cwd }: HostedCall): Promise<HostedOutcome> {
  const written = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const writers = STREAMS.map((name) => process[name].write);
  for (const name of STREAMS) process[name].write = keepIn(written[name]);
  process.chdir(cwd);
  process.argv.splice(1, process.argv.length, program, ...args);
  try {
    runs += 1;
    if (program.endsWith('.cjs')) await programOf(program).default;
    // The program is the module: each query makes it another one, which runs anew. What it imports is shared.
    else await import(`${pathToFileURL(program)}?run=${runs}`);
    const code = Number(process.exitCode ?? 0);
    return { code, stdout: textOf(written.stdout), stderr: textOf(written.stderr) };
  } finally {
    process.exitCode = undefined;
    for (const [i, name] of STREAMS.entries()) {
      process[name].removeAllListeners('error');
      process[name].write = writers[i];
    }
  }
}

/** Loads a program of CommonJS anew. */
function programOf(path: string): { default: Promise<void> } {
  delete require.cache[path];
  return require(path);
}

function keepIn(chunks: Buffer[]): typeof process.stdout.write {
  return (chunk: string | Uint8Array, encodingOrDone?: unknown, done?: unknown) => {
    chunks.push(Buffer.from(chunk as string));
    for (const callback of [encodingOrDone, done])
      if (typeof callback === 'function') queueMicrotask(() => callback());
    return true;
  };
}

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8');
}
