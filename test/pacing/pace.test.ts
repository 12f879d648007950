import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { RecordingWriter } from '../../src/database/recording-writer.js';
import type { ReplayOutcome } from '../../src/measure/outcome.js';
import {
  endAll,
  freePort,
  PythonSubscriber,
  readRecorded,
  runCli,
  skipWithoutPython,
} from '../support/peer.js';

const START_S = 1_700_000_000.25;
/** How much earlier its data was taken than an event was sent. */
const DATA_LEAD_S = 0.0125;
/** In payloads, times have microseconds. */
const LARGEST_ROUNDING_S = 2e-6;
/** Single events may be late on a busy machine. The middle one of many may not. */
const LARGEST_MEDIAN_S = 0.005;
/** Least of all the most punctual tenth of them, which shows where the plan lies, whatever the noise. */
const LARGEST_SHIFT_S = 0.003;
/** The time of day of both programs may differ by so much. */
const EARLIEST_S = -0.0025;
/** How often it is looked what the machine makes of a timer meanwhile. */
const PROBE_MS = 5;
/** An event passes three threads, each of which the machine may hold up: the program's main thread, libzmq's, the subscriber. */
const HOPS = 3;
/** How many events at the start and at the end show whether the end comes when it is due. */
const ENDS = 25;

const folder = mkdtempSync(join(tmpdir(), 'tcs-pace-'));

/** An event, as it was recorded and as it arrived. */
interface Arrival {
  /** Recorded times, in seconds since the first event, as fast as they are played. */
  readonly dueS: number;
  readonly dataDueS: number;
  /** Times of the payload, and of the receipt, in Unix seconds. */
  readonly wireTime: number;
  readonly dataTime: number;
  readonly receivedAtS: number;
}

// At the same time, since mostly they wait.
describe('a stretch of a night', { skip: skipWithoutPython(), concurrency: true }, () => {
  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  for (const { what, speedup, timesS } of [
    { what: 'two minutes', speedup: 20, timesS: stretch({ spanS: 120, events: 500 }) },
    { what: 'five seconds', speedup: 1, timesS: stretch({ spanS: 5, events: 150 }) },
  ]) {
    it(`comes as recorded: ${what}, ${speedup} times as fast`, async () => {
      const probe = probeMachine();
      const { arrivals, outcome } = await play(timesS, speedup);
      const machineS = probe.end();
      const offsets = arrivals.map(({ dueS, receivedAtS }) => receivedAtS - arrivals[0].wireTime - dueS);
      const figures = JSON.stringify({ machineS, lateness: outcome.lateness, offsets });

      assertTimesAreRewritten(arrivals);

      assert(Math.min(...offsets) > EARLIEST_S, `sent before it was due: ${figures}`);
      const half = offsets.length >> 1;
      const shifts = {
        'the end comes when it is due': floor(offsets.slice(-ENDS)) - floor(offsets.slice(0, ENDS)),
        'nothing drifts': floor(offsets.slice(half)) - floor(offsets.slice(0, half)),
      };
      for (const [what, shiftS] of Object.entries(shifts)) {
        assert(Math.abs(shiftS) < LARGEST_SHIFT_S + machineS, `${what}, not off by ${shiftS} s: ${figures}`);
      }
      const errors = offsets.slice(1).map((offset, i) => Math.abs(offset - offsets[i]));
      const medians = {
        'events come when they are due': [quantile(offsets, 0.5), HOPS],
        'events are spaced as recorded': [quantile(errors, 0.5), HOPS],
        'the program says so itself': [(outcome.lateness?.p50Us ?? Number.NaN) / 1e6, 1],
      };
      for (const [what, [medianS, hops]] of Object.entries(medians)) {
        assert(medianS < LARGEST_MEDIAN_S + hops * machineS, `${what}, not off by ${medianS} s: ${figures}`);
      }
    });
  }
});

/**
 * Recorded times of a stretch of a night: irregular, with events at equal times, and with silence for the third
 * quarter. The first is 0, the last `spanS`.
 */
function stretch({ spanS, events }: { spanS: number; events: number }): number[] {
  const times = Array.from({ length: events }, (_, i) => {
    const isTwin = i % 10 === 3;
    const even = (isTwin ? i - 1 : i) / (events - 1);
    const wobble = i === 0 || i === events - 1 ? 0 : (isTwin ? i - 1 : i) % 7;
    const share = even < 2 / 3 ? even * (3 / 4) : even * (3 / 4) + 1 / 4;
    return share * spanS + (wobble / 7) * (spanS / events / 2);
  });
  return times.map((timeS) => Number(timeS.toFixed(6))).sort((a, b) => a - b);
}

async function play(
  timesS: readonly number[],
  speedup: number,
): Promise<{ arrivals: Arrival[]; outcome: ReplayOutcome }> {
  const port = await freePort();
  const url = `tcp://127.0.0.1:${port}`;
  const record = join(folder, `${port}.jsonl`);
  const night = join(folder, `${port}.db`);
  writeNight(night, timesS);
  const subscriber = await PythonSubscriber.start(url, { record, sequence: 'seq', count: timesS.length });
  const { code, stdout, stderr } = await runCli([night, '-s', String(speedup), '--json', '-u', url]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  const { received, lost, outOfOrder } = await subscriber.result();
  assert.deepEqual({ received, lost, outOfOrder }, { received: timesS.length, lost: 0, outOfOrder: 0 });

  const messages = readRecorded(record);
  const arrivals = messages.map(({ payloadText, receivedAtS }, i): Arrival => {
    const { __wire_time: wireTime, __data_time: dataTime } = JSON.parse(payloadText);
    const [dueS, dataDueS] = [timesS[i] / speedup, (timesS[i] - DATA_LEAD_S) / speedup];
    return { dueS, dataDueS, wireTime, dataTime, receivedAtS };
  });
  return { arrivals, outcome: JSON.parse(stdout) as ReplayOutcome };
}

/** What the reference writes: `t0 + (t - w0) / speedup`. */
function assertTimesAreRewritten(arrivals: readonly Arrival[]): void {
  const [{ wireTime: startTime }] = arrivals;
  for (const { wireTime, dueS, dataTime, dataDueS } of arrivals) {
    for (const errorS of [wireTime - (startTime + dueS), dataTime - (startTime + dataDueS)]) {
      assert(Math.abs(errorS) <= LARGEST_ROUNDING_S, `${wireTime}: ${errorS} s from where it belongs`);
    }
  }
}

/** Watches how late the machine makes timers. `end` tells by how much it makes one in ten late, in seconds: on a quiet one, hardly any. */
function probeMachine(): { end: () => number } {
  const latenessS: number[] = [];
  let dueMs = performance.now() + PROBE_MS;
  const probe = () => {
    // Node rounds a timer up to the next millisecond.
    latenessS.push(Math.max(0, performance.now() - dueMs - 1) / 1000);
    dueMs = performance.now() + PROBE_MS;
    timer = setTimeout(probe, PROBE_MS);
  };
  let timer = setTimeout(probe, PROBE_MS);
  return {
    end: () => {
      clearTimeout(timer);
      return quantile(latenessS, 0.9);
    },
  };
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * values.length)];
}

function floor(values: readonly number[]): number {
  return quantile(values, 0.1);
}

function writeNight(path: string, timesS: readonly number[]): void {
  const writer = new RecordingWriter(path);
  for (const [seq, timeS] of timesS.entries()) {
    const wireS = START_S + timeS;
    const dataS = wireS - DATA_LEAD_S;
    writer.write('tcs.tracker.position', dataS, [
      { key: '__data_time', value: dataS.toFixed(6), dataType: 'number' },
      { key: '__wire_time', value: wireS.toFixed(6), dataType: 'number' },
      { key: 'seq', value: String(seq), dataType: 'number' },
    ]);
  }
  writer.close();
}
