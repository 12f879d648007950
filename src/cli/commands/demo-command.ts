import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import type { ReplayOutcome } from '../../measure/outcome.js';
import * as text from '../../shared/text.js';
import { interruptible } from '../interruptible.js';
import { print, tell } from '../output.js';

const NIGHT_S = 300;
const SPEEDUP = 60;
/** Seconds without an event after which the subscriber stops: events that have not come by then count as lost. */
const LAST_CALL_S = 2;

const EXPLANATION = `
sent: events given to the socket.
received: events that the subscriber, another process, has read.
lateness: time from when an event was due to when it was sent; flat out no event
is late.`;

/** The command that makes a night, plays it to a subscriber in another process, and shows the outcome. */
export function demoCommand(): Command {
  return new Command('demo')
    .description('make a sample night, play it to a subscriber in another process, and show the outcome')
    .action(demo);
}

async function demo(): Promise<void> {
  await interruptible(playSample);
}

async function playSample(signal: AbortSignal): Promise<void> {
  const [{ columns }, { generate }] = await Promise.all([
    import('../text/columns.js'),
    import('../../generate/generate.js'),
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'tcs-replay-demo-'));
  try {
    const path = join(folder, 'night.db');
    const night = await generate({ path, durationS: NIGHT_S, signal });
    tell(
      `Made ${text.span(NIGHT_S)} of a night: ${text.counted(night.events, 'event')} of ${text.counted(night.topics, 'topic')}, ${text.bytes(night.sizeBytes)}`,
    );
    const heads = ['speed', 'sent', 'received', 'lost', 'time', 'events/s', 'lateness p50 / p99 / max'];
    const rows: string[][] = [];
    for (const speedup of [SPEEDUP, 'max'] as const) {
      const name = speedup === 'max' ? 'flat out' : `${speedup}x`;
      tell(`Playing it${speedup === 'max' ? '' : ' at'} ${name} to a subscriber in another process`);
      const { outcome, received } = await playToSubscriber(path, night.events, speedup, signal);
      rows.push([name, ...row(outcome, received)]);
      if (signal.aborted) break;
    }
    const table = columns(
      heads.map((head) => ({ head, align: head === 'speed' ? 'left' : 'right' })),
      rows,
    );
    print(`${table}\n${EXPLANATION}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
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
    text.count(eventsPerS),
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
  const [, program = ''] = process.argv;
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const { replay } = await import('../../replay.js');
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
