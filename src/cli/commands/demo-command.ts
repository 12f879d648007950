import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { Command } from 'commander';
import { generate } from '../../generate/generate.js';
import type { ReplayOutcome } from '../../measure/outcome.js';
import { replay } from '../../replay.js';
import * as text from '../../shared/text.js';
import { StopSignals } from '../signals.js';

const NIGHT_S = 300;
const SPEEDUP = 60;
/** How long the subscriber waits for events that never come: they count as lost. */
const LAST_CALL_S = 2;
const CLI = fileURLToPath(new URL('../../cli.js', import.meta.url));

const EXPLANATION = `
sent: events that went into the socket. received: events that the subscriber, a process of its own, got out of it.
lateness: how long after its moment an event was sent; at the highest speed an event has no moment to be late for.
`;

/** The command that shows the whole thing at work: a night is made, and played to a subscriber in another process. */
export function demoCommand(): Command {
  return new Command('demo')
    .description('make a sample night, play it to a subscriber in another process, and show the outcome')
    .action(demo);
}

async function demo(): Promise<void> {
  const stop = new StopSignals();
  const folder = mkdtempSync(join(tmpdir(), 'tcs-replay-demo-'));
  try {
    const path = join(folder, 'night.db');
    const night = await generate({ path, durationS: NIGHT_S, signal: stop.signal });
    tell(
      `Made ${text.span(NIGHT_S)} of a night: ${text.counted(night.events, 'event')} of ${text.counted(night.topics, 'topic')}, ${text.bytes(night.sizeBytes)}`,
    );
    const table = new Table({
      head: ['speed', 'sent', 'received', 'lost', 'time', 'rate', 'lateness p50 / p99 / max'],
      style: { head: [], border: [] },
      colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
    });
    for (const speedup of [SPEEDUP, 'max'] as const) {
      const name = speedup === 'max' ? 'flat out' : `${speedup} times as fast`;
      tell(`Playing it ${name} to a subscriber in another process`);
      const { outcome, received } = await playToSubscriber(path, night.events, speedup, stop.signal);
      table.push([name, ...row(outcome, received)]);
      if (stop.signal.aborted) break;
    }
    process.stdout.write(`${table.toString()}\n${EXPLANATION}`);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    stop.release();
  }
}

function row({ sent, durationS, eventsPerS, lateness }: ReplayOutcome, received: number): string[] {
  const shown =
    lateness === undefined
      ? '-'
      : [lateness.p50Us, lateness.p99Us, lateness.maxUs].map(text.duration).join(' / ');
  return [
    text.count(sent),
    text.count(received),
    text.count(sent - received),
    text.duration(durationS * 1e6),
    `${text.count(eventsPerS)} events/s`,
    shown,
  ];
}

async function playToSubscriber(
  path: string,
  events: number,
  speedup: number | 'max',
  signal: AbortSignal,
): Promise<{ outcome: ReplayOutcome; received: number }> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const args = [
    'listen',
    '--quiet',
    '--json',
    '--count',
    String(events),
    '--timeout',
    String(LAST_CALL_S),
    url,
  ];
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const printed = textOf(child.stdout);
    const outcome = await replay({ databases: path, url, speedup, signal });
    const { received } = JSON.parse(await printed) as { received: number };
    return { outcome, received };
  } finally {
    child.kill();
  }
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  let all = '';
  for await (const chunk of stream) all += chunk.toString();
  return all;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

function tell(message: string): void {
  process.stderr.write(`${message}\n`);
}
