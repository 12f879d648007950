import './own-cache.js';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../bundle/cli.cjs', import.meta.url));
/** It only bounds how long a failure takes. */
const TIMEOUT_MS = 180_000;

/** Where an output of the program goes: it is kept; its reader has gone away; or it goes to a file. */
export type Sink = 'kept' | 'gone' | { readonly file: string };

export interface OddOutcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What was kept. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs this project's command line program to its end, with outputs that may not take what it writes. */
export async function runWithOutputs(
  args: readonly string[],
  { stdout, stderr }: { readonly stdout: Sink; readonly stderr: Sink },
): Promise<OddOutcome> {
  const files = [stdout, stderr].map((sink) =>
    typeof sink === 'object' ? openSync(sink.file, 'w') : 'pipe',
  );
  const child = spawn(process.execPath, [CLI, ...args], {
    stdio: ['ignore', ...(files as ['pipe', 'pipe'])],
    timeout: TIMEOUT_MS,
  });
  const kept = ['', ''];
  for (const [i, sink] of [stdout, stderr].entries()) {
    const file = files[i];
    if (typeof file === 'number') closeSync(file);
    const stream = i === 0 ? child.stdout : child.stderr;
    if (sink === 'gone') stream.destroy();
    stream?.setEncoding('utf8').on('data', (text: string) => {
      kept[i] += text;
    });
  }
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout: kept[0], stderr: kept[1] };
}
