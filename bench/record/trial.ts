import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readThreadTimes, type ThreadTimes } from '../../src/kernel/thread-times.js';
import type { RecordOutcome } from '../../src/record.js';
import { freePort, type Outcome, RunningProgram } from '../../test/support/peer.js';
import { requireRoom } from '../disk-room.js';
import { ProgramCache } from '../program-cache.js';
import { CLI, START_TIMEOUT_MS } from '../publisher.js';
import { requireSuccess } from '../require-success.js';
import type { Measured } from '../scenario.js';
import { spreadOf } from '../spread.js';

export interface RecordPlan {
  /** Path of the publisher in C. */
  readonly publisher: string;
  /** File with the messages of a night, which are sent again and again: see `expectedFrames`. */
  readonly framesPath: string;
  readonly ratePerS: number;
  readonly durationS: number;
}

const SAMPLE_MS = 250;
/** What the recorder may take after the publisher has ended; then it is stopped, since events are missing. */
const LONGEST_LAG_MS = 20_000;
/** A publisher that is slower than this share of the rate was not the load that it should be. */
const LEAST_SHARE = 0.98;
/** More than an event takes in a database, of up to 30 attributes. */
const EVENT_BYTES = 2500;
const KIB = 1024;

/** Sends the messages of a night, at an even rate, to a recorder in a process of its own. */
export async function recordOnce({
  publisher,
  framesPath,
  ratePerS,
  durationS,
}: RecordPlan): Promise<Measured> {
  const events = Math.round(ratePerS * durationS);
  requireRoom(tmpdir(), events * EVENT_BYTES);
  const folder = mkdtempSync(join(tmpdir(), 'tcs-replay-bench-record-'));
  const cache = new ProgramCache('record');
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const timeoutMs = 2000 * durationS + START_TIMEOUT_MS + LONGEST_LAG_MS;
  let recorder: RunningProgram | undefined;
  try {
    const database = join(folder, 'recorded.db');
    const recording = ['record', '--json', '-u', url, '--limit', String(events), database];
    recorder = new RunningProgram(process.execPath, [CLI, ...recording], { timeoutMs, env: cache.env });
    const samples = new Samples(recorder);
    const sending = new RunningProgram(publisher, [framesPath, String(events), url, '1', String(ratePerS)], {
      timeoutMs,
    });
    const played = await sending.outcome;
    requireSuccess('The publisher', played);
    const endedMs = performance.now();
    const stop = setTimeout(() => recorder?.kill('SIGINT'), LONGEST_LAG_MS);
    const recorded = await recorder.outcome;
    clearTimeout(stop);
    const lagS = (performance.now() - endedMs) / 1000;
    const { sent, seconds } = JSON.parse(played.stdout.split('\n')[1]) as { sent: number; seconds: number };
    return measuredOf({ sent, eventsPerS: sent / seconds }, outcomeOf(recorded), samples, {
      events,
      ratePerS,
      lagS,
    });
  } finally {
    await recorder?.end();
    rmSync(folder, { recursive: true, force: true });
    cache.empty();
  }
}

function outcomeOf({ stdout, stderr }: Outcome): RecordOutcome {
  if (stdout === '') throw new Error(`The recorder failed: ${stderr}`);
  return JSON.parse(stdout) as RecordOutcome;
}

interface Sent {
  readonly sent: number;
  readonly eventsPerS: number;
}

function measuredOf(
  { sent, eventsPerS }: Sent,
  { received, written, dropped, files }: RecordOutcome,
  samples: Samples,
  { events, ratePerS, lagS }: { events: number; ratePerS: number; lagS: number },
): Measured {
  const reasons: string[] = [];
  if (sent !== events) reasons.push(`sent ${sent} of ${events} events`);
  if (written !== events) reasons.push(`wrote ${written} of ${events} events, dropped ${dropped}`);
  if (eventsPerS < LEAST_SHARE * ratePerS) reasons.push(`sent ${Math.round(eventsPerS)} events/s`);
  const usPerEvent = (ns: number | null) => (ns === null ? null : ns / 1000 / events);
  return {
    reasons,
    counts: { expected: events, received, lost: events - received, outOfOrder: 0, isContentRight: null },
    targetPerS: ratePerS,
    achievedPerS: eventsPerS,
    figures: {
      eventsPerS: Math.min(eventsPerS, written / (events / eventsPerS + lagS)),
      receiverCpuUsPerEvent: usPerEvent(samples.threadNs.main),
      writerCpuUsPerEvent: usPerEvent(samples.threadNs.writer),
      cpuUsPerEvent: usPerEvent(samples.threadNs.all),
      lagS,
      peakRssBytes: samples.peakRssBytes,
      rssGrowthBytes: samples.rssGrowthBytes,
      bytesPerEvent: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) / Math.max(1, written),
    },
  };
}

/** What the recorder uses, looked at four times a second. */
class Samples {
  private readonly _rssBytes: number[] = [];
  private _last: ThreadTimes | undefined;
  private readonly _pid: number | undefined;

  constructor(program: RunningProgram) {
    this._pid = program.pid;
    void this._sample(program.outcome.catch(() => {}));
  }

  /** Time on a processor of the thread that receives, of the busiest other one, which writes, and of all; null: not known. */
  get threadNs(): { main: number | null; writer: number | null; all: number | null } {
    if (this._last === undefined) return { main: null, writer: null, all: null };
    const times = [...this._last.threads].map(([id, { runNs }]) => ({ id, runNs }));
    const main = times.find(({ id }) => id === String(this._pid))?.runNs ?? null;
    const others = times.filter(({ id }) => id !== String(this._pid)).map(({ runNs }) => runNs);
    return {
      main,
      writer: others.length === 0 ? null : Math.max(...others),
      all: times.reduce((sum, { runNs }) => sum + runNs, 0),
    };
  }

  get peakRssBytes(): number | null {
    return this._rssBytes.length === 0 ? null : Math.max(...this._rssBytes);
  }

  /** How much more memory the last quarter of the time has than the second one, by their medians. */
  get rssGrowthBytes(): number | null {
    const quarter = Math.floor(this._rssBytes.length / 4);
    if (quarter === 0) return null;
    const median = (from: number) => spreadOf(this._rssBytes.slice(from, from + quarter)).median;
    return median(this._rssBytes.length - quarter) - median(quarter);
  }

  private async _sample(ended: Promise<unknown>): Promise<void> {
    let hasEnded = false;
    void ended.then(() => {
      hasEnded = true;
    });
    while (!hasEnded && this._pid !== undefined) {
      this._last = (await readThreadTimes(this._pid)) ?? this._last;
      const rss = rssOf(this._pid);
      if (rss !== undefined) this._rssBytes.push(rss);
      await Promise.race([ended, delay(SAMPLE_MS)]);
    }
  }
}

function rssOf(pid: number): number | undefined {
  try {
    const [, kib] = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kib === undefined ? undefined : Number(kib) * KIB;
  } catch {
    return undefined;
  }
}
