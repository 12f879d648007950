import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Batch, BatchBuilder, NO_SLOT } from '../../src/batch/batch.js';
import { oddityOf } from '../../src/batch/warnings.js';
import { type Plan, Tally, type TallyOptions } from '../../src/measure/tally.js';
import { parseThresholds } from '../../src/measure/threshold.js';
import type { Source } from '../../src/sources/source.js';
import type { Run } from '../../src/timeline/timeline.js';
import { SimulatedTime } from '../support/simulated-time.js';

const MS = 1e6;
const S = 1e9;
const SIZE_BYTES = 100;

/** A run of events of two topics in turn, each after one that was passed over. */
function runOf(count: number): Run {
  const builder = new BatchBuilder();
  builder.reserve(count);
  for (let i = 0; i < count; i++) {
    builder.skipped = 1;
    builder.add(i + 1, i % 2, 1000 + i, Number.NaN, NO_SLOT, NO_SLOT);
  }
  const oddities = Array.from({ length: count }, (_, i) => oddityOf(i, 'missingWireTime'));
  const meta = { topics: ['a', 'b'], oddities, format: 'json' as const };
  const batch = new Batch(builder.pack(meta));
  return { source: { name: 'night.db' } as Source, batch, first: 0, end: count, shareAtEnd: 1 };
}

/** What a pacer tells of a plan, as the test sets it. */
class FixedPlan implements Plan {
  dueS = Number.NaN;
  dueNs = 0;
  nowNs = 0;
  speedup: number;
  disorderS = 0;
  isPaused = false;
  get positionS(): number {
    return this.dueS;
  }
  readonly stepsBack = { count: 0, fromS: Number.NaN };
  readonly gaps = { count: 0, leftOutS: 0 };
  private _listener = () => {};

  constructor(speedup: number) {
    this.speedup = speedup;
  }

  onReplan(listener: () => void): void {
    this._listener = listener;
  }

  change(nowNs: number, speedup = this.speedup): void {
    this.nowNs = nowNs;
    this.speedup = speedup;
    this._listener();
  }
}

/** A pass on a simulated clock. */
class Play {
  readonly time = new SimulatedTime();
  readonly plan: FixedPlan;
  readonly tally: Tally;
  readonly run = runOf(1000);
  private _i = 0;

  constructor({ speedup = 1, ...options }: Partial<TallyOptions> & { speedup?: number } = {}) {
    const defaults = { maxGapS: Number.POSITIVE_INFINITY, latenessByTopic: false, failIf: [] };
    this.plan = new FixedPlan(speedup);
    this.tally = new Tally(this.time, this.plan, { ...defaults, ...options });
    this.tally.beginPass({ firstTimeS: 1000, lastTimeS: 2000 });
    this.tally.beginRun(this.run);
  }

  /** Sends the next event, after a wait, so late. */
  send(lateMs: number): void {
    this.tally.waited();
    this._turn(lateMs);
    this.tally.sent(this.run, this._i, SIZE_BYTES);
    this._i += 1;
  }

  drop(lateMs: number): void {
    this._turn(lateMs);
    this.tally.dropped(this.run, this._i);
    this._i += 1;
  }

  private _turn(lateMs: number): void {
    const { ns } = this.time;
    Object.assign(this.plan, { dueS: 1000 + this._i, nowNs: ns, dueNs: ns - lateMs * MS });
  }
}

test('counts what is odd about events that were sent or dropped, and not about those that were only read', () => {
  const play = new Play();
  play.send(0);
  play.drop(0);
  play.send(0);
  for (let i = 0; i < 2; i++) assert.equal(play.tally.outcome('quit').warnings.missingWireTime, 3);
  // A jump leaves the rest of the run out.
  play.tally.beginRun(runOf(10));
  assert.equal(play.tally.outcome('quit').warnings.missingWireTime, 3);
});

test('counts events that were sent by topic, and not those that were dropped', () => {
  const play = new Play({ countsTopics: true });
  for (let i = 0; i < 5; i++) play.send(1);
  assert.deepEqual(play.tally.topicTotals(), [
    { topic: 'a', events: 3 },
    { topic: 'b', events: 2 },
  ]);
  for (let i = 0; i < 3; i++) play.drop(100);
  for (let i = 0; i < 2; i++) play.send(1);
  assert.deepEqual(play.tally.topicTotals(), [
    { topic: 'a', events: 4 },
    { topic: 'b', events: 3 },
  ]);
  assert.deepEqual(new Play().tally.topicTotals(), []);
});

test('tells lateness in buckets that hold all events, those of the present second too', () => {
  const play = new Play();
  for (const lateMs of [0, 3, 3, 40]) play.send(lateMs);
  const { upTo, count, sumNs } = play.tally.latenessBuckets([MS, 10 * MS, S]);
  assert.deepEqual([upTo, count], [[1, 3, 4], 4]);
  assert(Math.abs(sumNs - 46 * MS) < 0.001 * 46 * MS, String(sumNs));
});

test('counts events that are dropped as passed, not as sent, and knows what made them late', () => {
  const play = new Play();
  play.send(0);
  play.time.ns += 400 * MS;
  play.tally.waited();
  for (let i = 0; i < 300; i++) play.drop(390 - i);
  play.time.ns += 100 * MS;
  play.send(0);
  const { share, positionS } = play.tally.progress();
  assert.deepEqual([share, positionS], [0.301, 1301]);
  const { sent, dropped, filtered, bytes, lateness, stalls } = play.tally.outcome('end');
  assert.deepEqual([sent, dropped, filtered, bytes], [2, 300, 302, 2 * SIZE_BYTES]);
  assert.equal(lateness?.maxUs, 0);
  assert.equal(stalls.eventLoop.count, 1);
  assert.ok(Math.abs(stalls.eventLoop.totalS - 0.39) < 1e-9);
  assert.equal(stalls.longest?.recordedS, 1001);
});

test('an event that moved the plan is as late as it was, and the next is measured by the new one', () => {
  const play = new Play();
  play.send(0);
  play.time.ns += 500 * MS;
  play.tally.shifted(200 * MS);
  play.send(0);
  play.time.ns += 10 * MS;
  play.send(0.5);
  const { shifts, lateness, stalls } = play.tally.outcome('end');
  assert.deepEqual(shifts, { count: 1, totalS: 0.2 });
  assert.equal(lateness?.maxUs, 200_000);
  assert.equal(lateness?.p50Us, 500.223);
  assert.ok(Math.abs(stalls.eventLoop.totalS - 0.2) < 1e-9);
});

test('neither a pause nor a pass or a seek is a stall or a drift', () => {
  const play = new Play();
  for (let stretch = 0; stretch < 4; stretch++) {
    for (let i = 0; i < 50; i++) {
      play.time.ns += 100 * MS;
      play.send(0.2 + stretch / 10);
    }
    play.time.ns += 3600 * S;
    if (stretch === 2) {
      play.tally.beginPass({ firstTimeS: 1000, lastTimeS: 2000 });
    } else {
      play.tally.paused(3600 * S);
      play.plan.change(play.time.ns);
    }
    play.time.ns += 2 * S;
    play.tally.beginRun(play.run);
    play.send(0.3 + stretch / 10);
  }
  play.tally.sought();
  const { pauses, seeks, stalls, driftPpm, passes } = play.tally.outcome('quit');
  assert.deepEqual([pauses, seeks, passes], [{ count: 3, totalS: 10_800 }, 1, 2]);
  assert.equal(stalls.longest, undefined);
  assert.ok(Math.abs(driftPpm!) < 1e-9, `${driftPpm}`);
});

test('drift is that of the events sent', () => {
  const play = new Play();
  for (let i = 0; i < 200; i++) {
    play.time.ns += 100 * MS;
    play.send(i / 100);
  }
  // A hundredth of a millisecond more, each tenth of a second.
  assert.ok(Math.abs(play.tally.outcome('end').driftPpm! - 100) < 1e-6);
});

test('lateness is not measured flat out, also where that begins later', () => {
  const flat = new Play({ speedup: Number.POSITIVE_INFINITY });
  flat.send(0);
  flat.time.ns += 5 * S;
  flat.send(0);
  const { lateness, driftPpm, stalls } = flat.tally.outcome('end');
  assert.deepEqual([lateness, driftPpm, stalls.longest], [undefined, undefined, undefined]);
  assert.equal(flat.tally.progress().lateness, undefined);
  const play = new Play();
  play.send(3);
  play.plan.change(play.time.ns, Number.POSITIVE_INFINITY);
  play.time.ns += 5 * S;
  play.send(0);
  assert.equal(play.tally.outcome('end').lateness?.p50Us, 3000);
});

test('lateness by topic is told where it is asked for', () => {
  const play = new Play({ latenessByTopic: true });
  for (let i = 0; i < 10; i++) play.send(i % 2);
  assert.deepEqual(play.tally.outcome('end').latenessByTopic, [
    { topic: 'b', count: 5, p50Us: 1000, p99Us: 1000, maxUs: 1000 },
    { topic: 'a', count: 5, p50Us: 0, p99Us: 0, maxUs: 0 },
  ]);
  assert.equal(new Play().tally.outcome('end').latenessByTopic, undefined);
});

test('progress has the lateness of about the last second', () => {
  const play = new Play();
  play.send(50);
  play.time.ns += S;
  for (let i = 0; i < 15; i++) {
    play.send(1);
    play.time.ns += 100 * MS;
  }
  assert.deepEqual(play.tally.progress().lateness, { p50Us: 1000, p99Us: 1000, maxUs: 1000 });
});

test('conditions are judged on the outcome, with what was lost', () => {
  const play = new Play({ failIf: parseThresholds(['lost>6', 'p99>5ms', 'max>2s', 'drift>1ppm']) });
  play.send(7);
  play.drop(7);
  play.tally.undelivered({ subscribers: 2, mostEvents: 6 });
  const { failed, undelivered } = play.tally.outcome('late');
  assert.deepEqual(undelivered, { subscribers: 2, mostEvents: 6 });
  assert.deepEqual(failed, [
    { condition: 'lost>6', found: 7, unit: '' },
    { condition: 'p99>5ms', found: 7, unit: 'ms' },
    { condition: 'drift>1ppm', found: null, unit: 'ppm' },
  ]);
});

test('progress is the same however often it is read, and so is what comes of it', () => {
  const [read, unread] = [new Play(), new Play()];
  for (let i = 0; i < 400; i++) {
    for (const play of [read, unread]) {
      play.time.ns += (i % 50 === 49 ? 2300 : 10) * MS;
      play.send((i % 7) / 10);
    }
    assert.deepEqual(read.tally.progress(), read.tally.progress());
    if (i % 90 === 0) assert.deepEqual(read.tally.progress(), unread.tally.progress());
  }
  for (const play of [read, unread]) play.time.ns += 500 * MS;
  const { eventsPerS, bytesPerS, lateness } = read.tally.progress();
  assert.deepEqual(unread.tally.progress(), read.tally.progress());
  assert.ok(eventsPerS > 0 && bytesPerS === SIZE_BYTES * eventsPerS);
  assert.notEqual(lateness, undefined);
  for (const play of [read, unread]) play.time.ns += 3 * S;
  const paused = read.tally.progress();
  assert.deepEqual([paused.eventsPerS, paused.bytesPerS, paused.lateness], [0, 0, undefined]);
  assert.deepEqual(unread.tally.outcome('end'), read.tally.outcome('end'));
});
