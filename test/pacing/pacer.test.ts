import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Batch, BatchBuilder, NO_SLOT } from '../../src/batch/batch.js';
import type { Rate } from '../../src/pacing/even-pace.js';
import { Pacer } from '../../src/pacing/pacer.js';
import type { Times } from '../../src/pacing/schedule.js';
import { Waiter } from '../../src/pacing/waiter.js';
import { SimulatedTime } from '../support/simulated-time.js';

const START_S = 1_521_854_100;
const LONGEST_RUN_NS = 300_000;

interface Moment {
  /** NaN: none. */
  readonly dueS: number;
  readonly dataS: number;
}

/** What was sent of an event. */
interface Sent extends Moment {
  readonly atNs: number;
  readonly dueNs: number;
  readonly latenessNs: number;
  /** As written into the payload, in microseconds; undefined without a slot. */
  readonly wireUs: number | undefined;
  readonly dataUs: number | undefined;
}

const PAYLOAD = `{"__wire_time":${'0'.repeat(17)},"__data_time":${'0'.repeat(17)}}`;
const [WIRE_AT, DATA_AT] = [PAYLOAD.indexOf('0'), PAYLOAD.lastIndexOf(':') + 1];

/** Timed moments have slots for both times, others none. */
function batchOf(moments: readonly Moment[]): Batch {
  const builder = new BatchBuilder();
  for (const { dueS, dataS } of moments) {
    const start = builder.length;
    const payload = Number.isNaN(dueS) ? '{}' : PAYLOAD;
    builder.reserve(payload.length);
    builder.bytes.set(Buffer.from(payload), start);
    const [wireSlot, dataSlot] = payload === '{}' ? [NO_SLOT, NO_SLOT] : [start + WIRE_AT, start + DATA_AT];
    builder.add(start + payload.length, 0, dueS, dataS, wireSlot, dataSlot);
  }
  return new Batch(builder.pack({ topics: ['a'], oddities: [], format: 'json' }));
}

/** A night on a simulated clock. */
class Night {
  readonly time = new SimulatedTime();
  readonly pacer: Pacer;
  /** What reading, stamping and sending an event takes. */
  eventNs = 5000;
  /** Size of an event's topic and payload. */
  sizeBytes = 500;
  beforeEvent: (i: number) => void = () => {};

  constructor({
    speedup = 1,
    times = 'replay' as Times,
    maxGapS = Number.POSITIVE_INFINITY,
    rate = undefined as Rate | undefined,
    burst = 1,
  } = {}) {
    const pace = { speedup, times, maxGapS, rate, burst };
    this.pacer = new Pacer(
      pace,
      this.time,
      new Waiter(this.time, { timing: 'precise', timers: this.time, sleeper: this.time }),
    );
  }

  /** Plays events as a replay does. */
  async play(moments: readonly Moment[], signal?: AbortSignal): Promise<Sent[]> {
    const batch = batchOf(moments);
    const sent: Sent[] = [];
    for (const [i, moment] of moments.entries()) {
      this.beforeEvent(i);
      this.pacer.turnTo(moment.dueS);
      while (signal?.aborted !== true && this.pacer.mustWait) {
        await this.pacer.wait(signal);
        this.pacer.turnTo(moment.dueS);
      }
      if (signal?.aborted === true) break;
      const event = JSON.parse(this.pacer.stamp(batch, i).toString()) as Record<string, number | undefined>;
      const us = (timeS: number | undefined) => (timeS === undefined ? undefined : Math.round(timeS * 1e6));
      const { dueNs, latenessNs } = this.pacer;
      assert.equal(this.pacer.nowNs, this.time.ns);
      sent.push({
        ...moment,
        atNs: this.time.ns,
        dueNs,
        latenessNs,
        wireUs: us(event.__wire_time),
        dataUs: us(event.__data_time),
      });
      this.pacer.sent(this.sizeBytes);
      this.time.ns += this.eventNs;
    }
    return sent;
  }
}

/** A moment so long after the start, with data that was taken so long before. */
function at(offsetS: number, leadS = 0.0125): Moment {
  return { dueS: START_S + offsetS, dataS: START_S + offsetS - leadS };
}

const UNTIMED: Moment = { dueS: Number.NaN, dataS: Number.NaN };

for (const speedup of [1, 10, 0.5]) {
  test(`does not drift over a night of 12 hours at speed ${speedup}`, async () => {
    const night = new Night({ speedup });
    night.time.turnNs = 100_000;
    const count = 1500;
    const moments = Array.from({ length: count }, (_, i) => at((i * 12 * 3600) / count + (i % 7) / 1000));
    let errors = 0;
    night.time.timerErrorMs = () => [-0.9, 0.3, 0.9, 0][errors++ % 4];
    const sent = await night.play(moments);
    const [first] = sent;
    for (const { atNs, dueS, latenessNs, wireUs, dataUs } of sent) {
      const plannedNs = ((dueS - START_S) * 1e9) / speedup;
      const lateNs = atNs - first.atNs - plannedNs;
      assert.ok(lateNs >= -1 && lateNs <= night.time.turnNs + 1, `${lateNs} ns late`);
      assert.ok(Math.abs(latenessNs - lateNs) <= 1);
      // Payloads say the plan, to the microsecond, from the first event to the last.
      const plannedUs = first.wireUs! + plannedNs / 1000;
      assert.ok(Math.abs(wireUs! - plannedUs) <= 1);
      assert.ok(Math.abs(dataUs! - plannedUs + 12_500 / speedup) <= 1);
    }
  });
}

test('catches up after a stall, with no pause, and is on time again', async () => {
  const night = new Night();
  night.beforeEvent = (i) => {
    if (i === 50) night.time.ns += 400e6;
  };
  const sent = await night.play(Array.from({ length: 200 }, (_, i) => at(i / 100)));
  const late = sent.filter(({ latenessNs }) => latenessNs > 100_000);
  assert.ok(late.length >= 39 && late.length <= 42, `${late.length} late`);
  assert.ok(sent.at(-1)!.latenessNs <= night.time.turnNs);
  for (let i = 51; i < 85; i++) assert.ok(sent[i].atNs - sent[i - 1].atNs < LONGEST_RUN_NS);
});

test('sends the first timed event at once, and anchors the plan to it', async () => {
  const night = new Night({ speedup: 2 });
  const sent = await night.play([UNTIMED, UNTIMED, at(100), UNTIMED, at(101), at(90)]);
  assert.equal(night.time.delaysMs.length, 1);
  for (const { latenessNs } of sent) assert.ok(latenessNs < 50_000);
  assert.equal(sent[4].dueNs - sent[2].dueNs, 0.5e9);
  assert.equal(sent[5].dueNs, sent[4].dueNs);
  assert.equal(night.pacer.startRecordedS, START_S + 100);
  assert.equal(night.pacer.startUnixUs, sent[2].wireUs);
});

test('has no start before the first timed event', async () => {
  const night = new Night();
  assert.deepEqual([night.pacer.startRecordedS, night.pacer.startUnixUs], [Number.NaN, Number.NaN]);
  await night.play([UNTIMED]);
  assert.deepEqual([night.pacer.startRecordedS, night.pacer.startUnixUs], [Number.NaN, Number.NaN]);
});

test('sends untimed events at once, without lateness, wherever they stand', async () => {
  const night = new Night();
  const sent = await night.play([at(0), UNTIMED, at(1), UNTIMED, UNTIMED, at(2)]);
  for (const i of [1, 3, 4]) {
    assert.equal(sent[i].latenessNs, 0);
    assert.equal(sent[i].atNs - sent[i - 1].atNs, night.eventNs);
  }
});

test('sends events of equal times, and of earlier ones, without a pause', async () => {
  const night = new Night();
  const sent = await night.play([at(5), at(5), at(4.5), at(5)]);
  assert.equal(sent.at(-1)!.atNs - sent[0].atNs, 3 * night.eventNs);
});

test('an event that is not there when it is due is due when it comes, and the plan goes on from there', async () => {
  const night = new Night({ speedup: 2 });
  const [before] = (await night.play([at(0), at(1)])).slice(-1);
  night.time.ns += 5e9;
  night.pacer.meet(at(2).dueS);
  const [next, later] = await night.play([at(2), at(3)]);
  assert.equal(next.dueNs - before.atNs, 5e9 + night.eventNs);
  assert.ok(next.latenessNs <= night.time.turnNs);
  assert.ok(Math.abs(later.dueNs - next.dueNs - 0.5e9) <= 1);
  // Times in payloads move with the plan.
  assert.ok(Math.abs(next.wireUs! - before.wireUs! - (next.dueNs - before.dueNs) / 1000) <= 1);
  assert.ok(Math.abs(later.wireUs! - next.wireUs! - 500_000) <= 1);
});

test('an event that comes before it is due is due by the plan', async () => {
  const night = new Night();
  const [before] = await night.play([at(0)]);
  night.time.ns += 1e9;
  night.pacer.meet(at(4).dueS);
  const [next] = await night.play([at(4)]);
  assert.ok(Math.abs(next.dueNs - before.dueNs - 4e9) <= 1);
});

test('an event that comes while the plan is paused is due when it is resumed', async () => {
  const night = new Night();
  await night.play([at(0)]);
  night.time.ns += 5e9;
  night.pacer.pause();
  night.time.ns += 3e9;
  night.pacer.meet(at(2).dueS);
  night.time.ns += 3e9;
  night.pacer.resume();
  const [next, later] = await night.play([at(2), at(3)]);
  assert.ok(next.latenessNs <= night.time.turnNs, `${next.latenessNs} ns late`);
  assert.ok(Math.abs(later.dueNs - next.dueNs - 1e9) <= 1);
});

test('sends flat out without a wait and without lateness', async () => {
  const night = new Night({ speedup: Number.POSITIVE_INFINITY });
  const sent = await night.play(
    Array.from({ length: 5000 }, (_, i) => (i % 10 === 3 ? UNTIMED : at(i * 3600))),
  );
  assert.deepEqual(night.time.delaysMs, []);
  for (const { latenessNs } of sent) assert.equal(latenessNs, 0);
  const spentNs = 5000 * night.eventNs + night.time.turns * night.time.turnNs;
  assert.equal(night.time.ns - sent[0].atNs, spentNs);
});

for (const [what, speedup] of [
  ['flat out', Number.POSITIVE_INFINITY],
  ['behind the plan', 1000],
] as const) {
  test(`lets the loop turn at least every 300 µs ${what}`, async () => {
    const night = new Night({ speedup });
    let lastTurnNs = night.time.ns;
    let longestNs = 0;
    night.time.onTurn = () => {
      longestNs = Math.max(longestNs, night.time.ns - lastTurnNs);
      lastTurnNs = night.time.ns + night.time.turnNs;
    };
    const moments = Array.from({ length: 10_000 }, (_, i) => (i % 3 === 0 ? UNTIMED : at(i / 1e6)));
    await night.play(moments);
    assert.ok(longestNs <= LONGEST_RUN_NS + night.eventNs, `${longestNs} ns without a turn`);
    const runs = (moments.length * night.eventNs) / LONGEST_RUN_NS;
    assert.ok(night.time.turns >= runs * 0.9 && night.time.turns <= runs * 1.1, `${night.time.turns} turns`);
  });
}

test('writes times as the reference rewrites them: replay', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 5e6 }), fc.integer({ min: -2e6, max: 2e6 })), {
        minLength: 1,
      }),
      fc.constantFrom(0.5, 1, 3, 1000),
      async (offsets, speedup) => {
        const night = new Night({ speedup });
        const sent = await night.play(offsets.map(([us, leadUs]) => at(us / 1e6, leadUs / 1e6)));
        const { startRecordedS: w0, startUnixUs: t0 } = night.pacer;
        assert.equal(t0, Math.round(night.time.dayUs + sent[0].atNs / 1000));
        for (const { dueS, dataS, wireUs, dataUs } of sent) {
          assert.ok(Math.abs(wireUs! - (t0 + ((dueS - w0) * 1e6) / speedup)) <= 0.51);
          assert.ok(Math.abs(dataUs! - (t0 + ((dataS - w0) * 1e6) / speedup)) <= 0.51);
        }
      },
    ),
    { numRuns: 50 },
  );
});

for (const speedup of [0.5, 1, 8, Number.POSITIVE_INFINITY]) {
  test(`writes the time of the send, with the data as long before as recorded: now, at speed ${speedup}`, async () => {
    const night = new Night({ speedup, times: 'now' });
    const leads = [0.0125, 3, -0.5, 0, 0.000001];
    const sent = await night.play(leads.map((leadS, i) => at(i / 10, leadS)));
    for (const [i, { atNs, wireUs, dataUs }] of sent.entries()) {
      assert.ok(Math.abs(wireUs! - (night.time.dayUs + atNs / 1000)) <= 0.5);
      const scale = speedup === Number.POSITIVE_INFINITY ? 1 : speedup;
      assert.ok(Math.abs(wireUs! - dataUs! - (leads[i] * 1e6) / scale) <= 1.5);
    }
  });
}

test('writes the time of the send where no event has anchored the plan: replay, flat out', async () => {
  const night = new Night({ speedup: Number.POSITIVE_INFINITY });
  for (const { atNs, wireUs, dataUs } of await night.play([at(0), at(3600), at(1)])) {
    assert.ok(Math.abs(wireUs! - (night.time.dayUs + atNs / 1000)) <= 0.5);
    assert.ok(Math.abs(wireUs! - dataUs! - 12_500) <= 1);
  }
});

test('writes no times where they stay original', async () => {
  const builder = new BatchBuilder();
  const json = '{"__wire_time":"1521854100.5"}';
  builder.bytes.set(Buffer.from(json));
  builder.add(json.length, 0, START_S, Number.NaN, NO_SLOT, NO_SLOT);
  const batch = new Batch(builder.pack({ topics: ['a'], oddities: [], format: 'json' }));
  const { pacer } = new Night({ times: 'original' });
  pacer.turnTo(batch.dueS[0]);
  assert.equal(pacer.mustWait, false);
  assert.equal(pacer.stamp(batch, 0).toString(), json);
});

for (const stepS of [3600, -3600]) {
  test(`keeps its pace and its rewritten times when the clock is set by ${stepS} s`, async () => {
    const plain = await new Night().play(Array.from({ length: 40 }, (_, i) => at(i / 4)));
    const night = new Night();
    night.beforeEvent = (i) => {
      if (i === 20) night.time.dayUs += stepS * 1e6;
    };
    assert.deepEqual(await night.play(Array.from({ length: 40 }, (_, i) => at(i / 4))), plain);
  });

  test(`follows a clock that is set by ${stepS} s where it writes the time of the send`, async () => {
    const night = new Night({ times: 'now' });
    night.beforeEvent = (i) => {
      if (i === 20) night.time.dayUs += stepS * 1e6;
    };
    const sent = await night.play(Array.from({ length: 40 }, (_, i) => at(i / 4)));
    for (const { atNs, wireUs } of sent.slice(20))
      assert.ok(Math.abs(wireUs! - (night.time.dayUs + atNs / 1000)) <= 0.5);
    assert.equal(sent.at(-1)!.dueNs - sent[0].dueNs, 9.75e9);
  });
}

test('begins a new plan with each pass', async () => {
  const night = new Night();
  const moments = [at(0), at(10), at(20)];
  const [first] = await night.play(moments);
  night.time.ns += 77e9;
  night.pacer.reset();
  assert.equal(night.pacer.startRecordedS, Number.NaN);
  const [again, , last] = await night.play(moments);
  assert.equal(again.latenessNs, 0);
  assert.ok(again.wireUs! - first.wireUs! > 97e6);
  assert.equal(last.dueNs - again.dueNs, 20e9);
});

test('ends a wait at once when it is aborted', async () => {
  const night = new Night();
  night.time.timersFire = false;
  const controller = new AbortController();
  const playing = night.play([at(0), at(14 * 3600), at(14 * 3600 + 1)], controller.signal);
  await new Promise(setImmediate);
  assert.equal(night.time.pending.size, 1);
  controller.abort();
  assert.equal((await playing).length, 1);
  assert.equal(night.time.pending.size, 0);
});

test('is never early: an event that is due in a moment is waited for', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(2000), { maxLength: 50 }), async (gapsUs) => {
      let offsetUs = 0;
      const night = new Night({ speedup: 1.7 });
      const moments = gapsUs.map((gapUs) => {
        offsetUs += gapUs;
        return at(offsetUs / 1e6);
      });
      for (const { atNs, dueNs, latenessNs } of await night.play(moments)) {
        assert.ok(atNs >= dueNs);
        assert.equal(latenessNs, atNs - dueNs);
      }
    }),
  );
});

test('cuts silences that are longer than allowed, for the events and for their times alike', async () => {
  const moments = [0, 1, 3, 103, 104, 99, 204, 204].map((offsetS) => ({
    dueS: START_S + offsetS,
    dataS: START_S + offsetS - 0.5,
  }));
  const night = new Night({ maxGapS: 2, speedup: 4 });
  night.eventNs = 0;
  const sent = await night.play(moments);
  // Cut: 98 s before the event at 103, and 98 s before that at 204. The one at 99 comes after a later one, and is due with it.
  const playedS = [0, 1, 3, 5, 6, 6, 8, 8];
  const writtenS = [0, 1, 3, 5, 6, 1, 8, 8];
  const dueS = sent.map(({ dueNs }) => ((dueNs - sent[0].dueNs) / 1e9) * 4);
  for (const [i, expected] of playedS.entries())
    assert.ok(Math.abs(dueS[i] - expected) < 1e-6, `${i}: ${dueS[i]}`);
  for (const [i, { wireUs = 0, dataUs = 0 }] of sent.entries()) {
    assert.ok(Math.abs(wireUs - (sent[0].wireUs ?? 0) - (writtenS[i] / 4) * 1e6) <= 1, `${i}: ${wireUs}`);
    assert.equal(wireUs - dataUs, 125_000);
  }
  assert.deepEqual(night.pacer.gaps, { count: 2, leftOutS: 98 + 98 });
});

test('has no event be late for the disorder of the recording', async () => {
  const night = new Night({ speedup: 0.1 });
  const offsets = [0, 1, 2, 1.5, 0.25, 3, 2.999, 61, 5];
  const sent = await night.play(offsets.map((offsetS) => at(offsetS)));
  let frontS = 0;
  for (const [i, { latenessNs, dueNs, wireUs }] of sent.entries()) {
    frontS = Math.max(frontS, offsets[i]);
    assert.ok(Math.abs(dueNs - sent[0].dueNs - frontS * 1e10) < 1000);
    assert.ok(latenessNs < 100_000, `event ${i} is ${latenessNs} ns late`);
    // Its time in the payload is its own.
    assert.ok(Math.abs(wireUs! - sent[0].wireUs! - offsets[i] * 1e7) <= 1);
  }
});

test('goes on from the earlier time, without a wait or lateness, where the times step back', async () => {
  const night = new Night({ speedup: 2 });
  const offsets = [0, 10, -3590, -3588];
  const sent = await night.play(offsets.map((offsetS) => at(offsetS)));
  const dueS = sent.map(({ dueNs }) => (dueNs - sent[0].dueNs) / 1e9);
  assert.deepEqual(
    dueS.map((s) => Math.round(s * 1e6) / 1e6),
    [0, 5, 5, 6],
  );
  assert.ok(sent.every(({ latenessNs }) => latenessNs < 100_000));
  // Times in payloads go on evenly.
  for (const [i, { wireUs }] of sent.entries())
    assert.ok(Math.abs(wireUs! - sent[0].wireUs! - dueS[i] * 1e6) <= 1, `${i}`);
  assert.deepEqual(night.pacer.stepsBack, { count: 1, fromS: START_S + 10 });
});

for (const maxGapS of [5, Number.POSITIVE_INFINITY]) {
  test(`plans finite moments whatever was recorded, with silences of at most ${maxGapS} s`, () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.double(),
            fc.double({ min: START_S, max: START_S + 1e5 }),
            fc.constantFrom(1e300, -1e300, Number.MAX_VALUE, -Number.MAX_VALUE, 0),
          ),
        ),
        fc.constantFrom(1e-6, 1, 1e9),
        (times, speedup) => {
          const night = new Night({ maxGapS, speedup });
          const batch = batchOf(times.map((dueS) => ({ dueS: finite(dueS), dataS: finite(dueS) })));
          for (const [i, dueS] of times.entries()) {
            night.pacer.turnTo(finite(dueS));
            const { dueNs, positionS } = night.pacer;
            assert.ok(Number.isFinite(dueNs), `${dueNs}`);
            assert.ok(Number.isNaN(positionS) || Number.isFinite(positionS), `${positionS}`);
            const event = JSON.parse(night.pacer.stamp(batch, i).toString()) as { __wire_time?: number };
            assert.ok(event.__wire_time === undefined || Number.isFinite(event.__wire_time));
            night.time.ns = Math.max(night.time.ns, Math.min(dueNs, night.time.ns + 1e12));
          }
        },
      ),
    );
  });
}

/** A time as the encoder gives it. */
function finite(timeS: number): number {
  return Number.isFinite(timeS) ? timeS : Number.NaN;
}

test('cuts no silence before the first event of a pass', async () => {
  const night = new Night({ maxGapS: 1 });
  const moments = [0, 1].map((offsetS) => ({ dueS: START_S + offsetS, dataS: START_S }));
  await night.play(moments);
  night.pacer.reset();
  await night.play(moments);
  assert.deepEqual(night.pacer.gaps, { count: 0, leftOutS: 0 });
});

test('gives events from before the first one times from before it', async () => {
  const night = new Night({ speedup: 2 });
  const past = { dueS: START_S - 10, dataS: START_S - 11 };
  const batch = batchOf([past]);
  night.pacer.begin(START_S);
  const stamped = JSON.parse(night.pacer.stamp(batch, 0).toString()) as Record<string, number>;
  const [first] = await night.play([{ dueS: START_S, dataS: START_S }]);
  const firstUs = first.wireUs ?? 0;
  assert.equal(Math.round(stamped.__wire_time * 1e6), firstUs - 5_000_000);
  assert.equal(Math.round(stamped.__data_time * 1e6), firstUs - 5_500_000);
});
