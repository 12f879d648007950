import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { makeFolder } from '../../database/cache/make-folder.js';
import { newScratchFolder } from '../../database/cache/scratch-folder.js';
import type { ReplayOutcome } from '../../measure/outcome.js';
import * as text from '../../shared/text.js';
import { EXIT } from '../exit-code.js';
import { interruptible } from '../interruptible.js';
import { print, tell } from '../output.js';
import { isUndelivered } from '../reports/summary.js';

const NIGHT_S = 300;
const SPEEDUP = 60;
/** Time after the end in which the subscriber has to have read all events: what it has not read by then is lost. */
const LAST_CALL_S = 10;
/** Time in which the subscriber says how many it has read, once it was asked to end. */
const END_MS = 2000;

const EXPLANATION = `
sent: events given to the socket.
received: events that the subscriber, another process, has read.
lateness: time from when an event was due to when it was sent; flat out no event
is late.`;

/** The command that makes a night, plays it to a subscriber in another process, and shows the outcome. */
export function demoCommand(): Command {
  return new Command('demo')
    .description('make a sample night, play it to a subscriber in another process, and show the outcome')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed, 3 events were lost, 130 or 143 stopped by SIGINT or SIGTERM.',
    )
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
  const folder = newScratchFolder();
  makeFolder(folder);
  try {
    const path = join(folder, 'night.db');
    const night = await generate({ path, durationS: NIGHT_S, signal });
    tell(
      `Made ${text.span(NIGHT_S)} of a night: ${text.counted(night.events, 'event')} of ${text.counted(night.topics, 'topic')}, ${text.bytes(night.sizeBytes)}`,
    );
    const heads = ['speed', 'sent', 'received', 'lost', 'time', 'events/s', 'lateness p50 / p99 / max'];
    const rows: string[][] = [];
    const losses: string[] = [];
    for (const speedup of [SPEEDUP, 'max'] as const) {
      const name = speedup === 'max' ? 'flat out' : `${speedup}x`;
      const { outcome, received } = await playToSubscriber(path, night.events, speedup, {
        signal,
        onStart: () =>
          tell(`Playing it${speedup === 'max' ? '' : ' at'} ${name} to a subscriber in another process`),
      });
      rows.push([name, ...row(outcome, received)]);
      if (signal.aborted) break;
      if (received !== outcome.sent) losses.push(`Playing it ${name}, ${lossText(outcome, received)}`);
    }
    const table = columns(
      heads.map((head) => ({ head, align: head === 'speed' ? 'left' : 'right' })),
      rows,
    );
    print(`${table}\n${EXPLANATION}`);
    for (const loss of losses) tell(loss);
    if (losses.length > 0) process.exitCode ??= EXIT.incomplete;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Why events are missing at the subscriber. */
function lossText({ sent, undelivered }: ReplayOutcome, received: number | undefined): string {
  if (received === undefined)
    return 'events were lost: the subscriber ended, or stopped, before it had read all; try again';
  const lost = `${text.counted(sent - received, 'event')} of ${text.count(sent)} were lost`;
  const why = isUndelivered(undelivered)
    ? 'they were still queued when the time for slow subscribers (--linger) was over'
    : `the subscriber had not read them ${LAST_CALL_S} s after the end`;
  return `${lost}: ${why}; this machine is too busy, try again when it is not`;
}

function row(
  { sent, durationS, eventsPerS, lateness }: ReplayOutcome,
  received: number | undefined,
): string[] {
  const shown =
    lateness === undefined
      ? '-'
      : [lateness.p50Us, lateness.p99Us, lateness.maxUs].map(text.duration).join(' / ');
  return [
    text.count(sent),
    received === undefined ? 'not known' : text.count(received),
    received === undefined ? 'not known' : text.count(sent - received),
    text.duration(durationS * 1e6),
    text.count(eventsPerS),
    shown,
  ];
}

async function playToSubscriber(
  path: string,
  events: number,
  speedup: number | 'max',
  { signal, onStart }: { signal: AbortSignal; onStart: () => void },
): Promise<{ outcome: ReplayOutcome; received: number | undefined }> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const args = ['listen', '--quiet', '--json', '--count', String(events), url];
  const [, program = ''] = process.argv;
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const { replay } = await import('../../replay.js');
    const printed = textOf(child.stdout);
    const outcome = await replay({
      ...{ databases: path, url, speedup, signal },
      // Without these, what is sent before the subscriber is there would be lost.
      ...{ waitSetupS: 0, waitSubscribers: 1, onStart, onNotice: tell },
    });
    // It ends by itself when it has read all.
    const hasEnded = await endsWithin(signal.aborted ? 0 : 1000 * LAST_CALL_S, printed);
    if (!hasEnded) child.kill();
    if (!hasEnded && !(await endsWithin(END_MS, printed))) child.kill('SIGKILL');
    return { outcome, received: receivedIn(await printed) };
  } finally {
    child.kill();
  }
}

async function endsWithin(timeoutMs: number, ending: Promise<unknown>): Promise<boolean> {
  const stop = new AbortController();
  const { signal } = stop;
  const isOver = delay(timeoutMs, false, { signal }).catch(() => false);
  const hasEnded = await Promise.race([ending.then(() => true), isOver]);
  stop.abort();
  return hasEnded;
}

/** The number of events that the subscriber has read; undefined if it did not say. */
function receivedIn(printed: string): number | undefined {
  if (printed === '') return undefined;
  return (JSON.parse(printed) as { received: number }).received;
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
