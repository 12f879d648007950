/**
 * A player that is driven by orders, against one that does naively what the documentation says, event by event. Both have
 * a clock of their own, on which nothing takes time but waiting and sending.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Batch, BatchBuilder, NO_SLOT } from '../../src/batch/batch.js';
import { Tally } from '../../src/measure/tally.js';
import { type Pace, Pacer } from '../../src/pacing/pacer.js';
import { Waiter } from '../../src/pacing/waiter.js';
import { type Playable, Player, type PlayerOptions } from '../../src/playback/player.js';
import { type Clock, systemClock } from '../../src/shared/clock.js';
import type { PlacedBatch, Source } from '../../src/sources/source.js';
import { type Run, Timeline } from '../../src/timeline/timeline.js';
import type { Part } from '../../src/zmq/publisher.js';

const START_S = 1_521_854_100;
const TOPICS = ['a.b.c', 'a.b.d', 'x.y.z'];
/** What sending an event takes. */
const SEND_NS = 400_000;
const NEVER = Number.POSITIVE_INFINITY;

interface Event {
  readonly topic: string;
  /** NaN: at once. */
  readonly dueS: number;
}

type Order =
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'quit' }
  | { readonly kind: 'speed'; readonly speedup: number }
  | { readonly kind: 'seek'; readonly timeS: number }
  | { readonly kind: 'step'; readonly topic: string | undefined };

/** An order, and when it is given on the steady clock. */
type Timed = Order & { readonly atNs: number };

interface Sent {
  readonly name: string;
  readonly atNs: number;
}

/** Number of events after a jump that decide about it, and how far off a stray, or a step back, is at least. */
const [EVENTS_AHEAD, SLACK_S] = [256, 60];

/** Events that a wrong clock has recorded: most of the next events agree with the time before. */
function straysOf(events: readonly Event[], first: number, fromS: number): Set<number> {
  const strays = new Set<number>();
  let placeS = fromS;
  for (let i = first; i < events.length; i++) {
    const { dueS } = events[i];
    if (Number.isNaN(dueS)) continue;
    if (Math.abs(dueS - placeS) > SLACK_S) {
      const next = events.slice(i + 1, i + 1 + EVENTS_AHEAD).filter((event) => !Number.isNaN(event.dueS));
      const [low, high] = [Math.min(dueS, placeS), Math.max(dueS, placeS)];
      const ofHigh = next.filter((event) => event.dueS >= high - SLACK_S).length;
      const ofLow = next.filter((event) => event.dueS >= low - SLACK_S).length - ofHigh;
      if (dueS === high ? ofLow > ofHigh : ofHigh >= ofLow) strays.add(i);
      else placeS = dueS;
    } else placeS = Math.max(placeS, dueS);
  }
  return strays;
}

/** The time that was reached with each event, where a step back counts; before the first one that has a time, none. */
function placesOf(events: readonly Event[]): number[] {
  const strays = straysOf(events, 0, firstTimeOf(events));
  let placeS = Number.NEGATIVE_INFINITY;
  return events.map(({ dueS }, i) => {
    if (!strays.has(i) && (dueS > placeS || dueS < placeS - SLACK_S)) placeS = dueS;
    return placeS;
  });
}

function firstTimeOf(events: readonly Event[]): number {
  return events.find(({ dueS }) => !Number.isNaN(dueS))?.dueS ?? -Number.MAX_VALUE;
}

/** The events before an index that a subscriber would know of, as they were sent. */
function statesBefore(events: readonly Event[], end: number): number[] {
  const last = new Map<string, number>();
  for (let i = 0; i < end; i++) {
    last.delete(events[i].topic);
    last.set(events[i].topic, i);
  }
  return [...last.values()];
}

const SOURCE = { name: 'a night', damage: [], sizeBytes: 1 } as unknown as Source;

/** Events in batches, each named by its number in the payload. */
class Night implements Playable {
  readonly firstTimeS = Number.NaN;
  readonly lastTimeS: number;
  private readonly _events: readonly Event[];
  private readonly _eventsABatch: number;

  constructor(events: readonly Event[], eventsABatch: number) {
    this._events = events;
    this._eventsABatch = eventsABatch;
    this.lastTimeS = placesOf(events).at(-1) ?? Number.NEGATIVE_INFINITY;
  }

  pass() {
    return { past: Promise.resolve([]), timeline: this._from(0, firstTimeOf(this._events)) };
  }

  async seek(timeS: number, { prime }: { prime: boolean }) {
    const place = placesOf(this._events).findIndex((placeS) => placeS >= timeS);
    const first = place === -1 ? this._events.length : place;
    const past = prime ? statesBefore(this._events, first).map((i) => this._run(i, i + 1)) : [];
    return { past: Promise.resolve(past), timeline: this._from(first, timeS) };
  }

  private _from(first: number, firstKeyS: number): Timeline {
    return new Timeline([{ source: SOURCE, firstKeyS, shareBefore: 0, batches: () => this._batches(first) }]);
  }

  private async *_batches(first: number): AsyncGenerator<PlacedBatch> {
    for (let at = first; at < this._events.length; at += this._eventsABatch) {
      const { batch } = this._run(at, Math.min(at + this._eventsABatch, this._events.length));
      yield { batch, shareAtEnd: 1 };
    }
  }

  private _run(first: number, end: number): Run {
    const builder = new BatchBuilder();
    for (let i = first; i < end; i++) {
      const name = Buffer.from(`${i}`);
      const start = builder.length;
      builder.reserve(name.length);
      builder.bytes.set(name, start);
      const { topic, dueS } = this._events[i];
      builder.add(start + name.length, TOPICS.indexOf(topic), dueS, Number.NaN, NO_SLOT, NO_SLOT);
    }
    const batch = new Batch(builder.pack({ topics: TOPICS, oddities: [], format: 'json' }));
    return { source: SOURCE, batch, first: 0, end: end - first, shareAtEnd: 1 };
  }
}

/** A clock that waiting and sending move on, and that gives the orders when their time has come. */
class Stage implements Clock {
  ns = 5e9;
  readonly sent: Sent[] = [];
  /** How much longer sending an event takes, by its number in the order of sending. */
  stallNs: (number: number) => number = () => 0;
  private readonly _orders: Timed[];
  private readonly _give: (order: Order) => void;

  constructor(orders: readonly Timed[], give: (order: Order) => void) {
    this._orders = [...orders];
    this._give = give;
  }

  nowNs(): number {
    return this.ns;
  }

  unixUs(): number {
    return Math.round(this.ns / 1000);
  }

  async until(dueNs: number, signal?: AbortSignal): Promise<void> {
    while (signal?.aborted !== true && this.ns < dueNs) {
      const orderNs = this._orders[0]?.atNs ?? NEVER;
      if (orderNs <= dueNs) this.giveNext();
      else this.ns = dueNs;
    }
  }

  async turn(): Promise<void> {}

  send([, payload]: (string | Uint8Array)[]): undefined {
    this.sent.push({ name: Buffer.from(payload as Uint8Array).toString(), atNs: this.ns });
    this.ns += SEND_NS + this.stallNs(this.sent.length - 1);
    while ((this._orders[0]?.atNs ?? NEVER) <= this.ns) this.giveNext();
  }

  /** Gives the next order, at its time or as soon as may be; at last, to quit. */
  giveNext(): void {
    const order: Timed = this._orders.shift() ?? { kind: 'quit', atNs: this.ns };
    this.ns = Math.max(this.ns, order.atNs);
    this._give(order);
  }
}

interface Plan {
  readonly events: readonly Event[];
  readonly orders: readonly Timed[];
  readonly eventsABatch: number;
  readonly prime: boolean;
}

const OPTIONS: PlayerOptions = {
  prime: false,
  loop: 1,
  loopDelayS: 0,
  limit: NEVER,
  onLate: 'catch-up',
  lateAfterMs: 50,
};

async function played({ events, orders, eventsABatch, prime }: Plan): Promise<Sent[]> {
  const settled: Promise<unknown>[] = [];
  const stage: Stage = new Stage(orders, (order) => {
    if (order.kind === 'pause') player.pause();
    else if (order.kind === 'resume') player.resume();
    else if (order.kind === 'quit') player.stop('quit');
    else if (order.kind === 'speed') player.changeSpeed(order.speedup);
    else if (order.kind === 'seek') settled.push(player.seek(order.timeS));
    else {
      const isWanted = (topic: string) => order.topic === undefined || topic === order.topic;
      settled.push(player.step({ isWanted, untilS: NEVER, left: 1 }));
    }
  });
  const pace = { speedup: 1, times: 'replay', maxGapS: NEVER, rate: undefined, burst: 1 } as const;
  const pacer = new Pacer(pace, stage, stage);
  const tally = new Tally(stage, pacer, { ...pace, latenessByTopic: false, failIf: [] });
  const player = new Player(pacer, tally, { ...OPTIONS, prime });
  const night = new Night(events, eventsABatch);
  let isOver = false;
  const playing = player.play(night, stage, night.pass()).finally(() => {
    isOver = true;
  });
  for (;;) {
    // All that happens by itself has happened after a turn: it waits for an order now, or is over.
    await new Promise(setImmediate);
    if (isOver) break;
    stage.giveNext();
  }
  await playing;
  await Promise.all(settled);
  return stage.sent;
}

/** What the documentation says, event by event. */
function expected({ events, orders, prime }: Plan): Sent[] {
  const sent: Sent[] = [];
  const places = placesOf(events);
  let strays = straysOf(events, 0, firstTimeOf(events));
  const left = [...orders];
  let [nowNs, at, speedup, frontS] = [5e9, 0, 1, Number.NEGATIVE_INFINITY];
  let plan: { recordedS: number; ns: number } | undefined;
  let pausedNs: number | undefined;
  const steps: (string | undefined)[] = [];
  let soughtS: number | undefined;
  let isOver = false;

  const isFlatOut = () => speedup === NEVER;
  const positionS = () => {
    if (plan === undefined) return frontS;
    return Math.min(plan.recordedS + (((pausedNs ?? nowNs) - plan.ns) / 1e9) * speedup, frontS);
  };
  const anchor = (recordedS: number) => {
    if (!isFlatOut()) plan = { recordedS, ns: nowNs };
  };
  const moveTo = (recordedS: number) => {
    if (pausedNs !== undefined) {
      if (plan !== undefined) plan = { ...plan, ns: plan.ns + nowNs - pausedNs };
      pausedNs = nowNs;
    }
    if (!Number.isNaN(recordedS)) anchor(recordedS);
  };
  const give = (order: Order) => {
    if (order.kind === 'quit') isOver = true;
    else if (order.kind === 'seek') soughtS = order.timeS;
    else if (order.kind === 'pause') {
      pausedNs ??= nowNs;
      steps.length = 0;
    } else if (order.kind === 'resume') {
      if (pausedNs === undefined) return;
      if (plan !== undefined) plan = { ...plan, ns: plan.ns + nowNs - pausedNs };
      pausedNs = undefined;
      steps.length = 0;
    } else if (order.kind === 'step') {
      pausedNs ??= nowNs;
      steps.push(order.topic);
    } else {
      const hereS = positionS();
      speedup = order.speedup;
      const hasPlan = Number.isFinite(hereS) && !isFlatOut();
      plan = hasPlan ? { recordedS: hereS, ns: pausedNs ?? nowNs } : undefined;
    }
  };
  const giveNext = () => {
    const order = left.shift() ?? { kind: 'quit' as const, atNs: nowNs };
    nowNs = Math.max(nowNs, order.atNs);
    give(order);
  };
  const send = (i: number) => {
    sent.push({ name: `${i}`, atNs: nowNs });
    nowNs += SEND_NS;
    while ((left[0]?.atNs ?? NEVER) <= nowNs) giveNext();
  };

  while (!isOver) {
    if (soughtS !== undefined) {
      const toS = soughtS;
      soughtS = undefined;
      const place = places.findIndex((placeS) => placeS >= toS);
      at = place === -1 ? events.length : place;
      strays = straysOf(events, at, toS);
      frontS = toS;
      moveTo(toS);
      if (prime) for (const i of statesBefore(events, at)) send(i);
    } else if (at === events.length) {
      steps.length = 0;
      if (pausedNs === undefined) break;
      giveNext();
    } else if (pausedNs !== undefined) {
      if (steps.length === 0) giveNext();
      else {
        const { dueS, topic } = events[at];
        if (steps[0] === undefined || steps[0] === topic) steps.shift();
        if (strays.has(at) || Number.isNaN(dueS)) moveTo(Number.NaN);
        else {
          if (dueS > frontS || dueS < frontS - SLACK_S) frontS = dueS;
          moveTo(frontS);
        }
        send(at++);
      }
    } else {
      const dueS = strays.has(at) ? Number.NaN : events[at].dueS;
      if (dueS > frontS) frontS = dueS;
      else if (dueS < frontS - SLACK_S) {
        // What comes after a step back is due with what came before it.
        if (plan !== undefined) plan = { ...plan, recordedS: plan.recordedS + dueS - frontS };
        frontS = dueS;
      }
      if (!Number.isNaN(dueS) && plan === undefined) anchor(frontS);
      const dueNs =
        plan === undefined || Number.isNaN(dueS)
          ? nowNs
          : plan.ns + ((frontS - plan.recordedS) * 1e9) / speedup;
      const orderNs = left[0]?.atNs ?? NEVER;
      if (dueNs <= nowNs) send(at++);
      else if (orderNs <= dueNs) giveNext();
      else {
        nowNs = dueNs;
        send(at++);
      }
    }
  }
  return sent;
}

const arbitraryEvent = fc.record({
  topic: fc.constantFrom(...TOPICS),
  offsetMs: fc.option(fc.integer({ min: 0, max: 10_000 }), { nil: undefined, freq: 8 }),
  // Some clocks are wrong: by 18 hours, or not set at all.
  errorMs: fc.oneof(
    { weight: 12, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constantFrom(65_533_000, -65_533_000, 61_000, -61_000, -START_S * 1000) },
  ),
});
const arbitraryOrder: fc.Arbitrary<Order> = fc.oneof(
  fc.constantFrom<Order>({ kind: 'pause' }, { kind: 'resume' }, { kind: 'resume' }),
  fc.constantFrom(0.5, 1, 3, 100, NEVER).map((speedup) => ({ kind: 'speed', speedup }) as const),
  fc.integer({ min: -100, max: 10_100 }).map((ms) => ({ kind: 'seek', timeS: START_S + ms / 1000 }) as const),
  fc
    .option(fc.constantFrom(...TOPICS), { nil: undefined })
    .map((topic) => ({ kind: 'step', topic }) as const),
);
const plans: fc.Arbitrary<Plan> = fc
  .record({
    moments: fc.array(arbitraryEvent, { minLength: 1, maxLength: 60 }),
    orders: fc.array(fc.tuple(arbitraryOrder, fc.integer({ min: 0, max: 3_000_000 })), { maxLength: 12 }),
    isSorted: fc.boolean(),
    /** From which event on a clock was set back, and by how much. */
    setBack: fc.option(fc.record({ at: fc.nat(60), byMs: fc.constantFrom(3_600_000, 100_000) }), { freq: 2 }),
    eventsABatch: fc.integer({ min: 1, max: 20 }),
    prime: fc.boolean(),
  })
  .map(({ moments, orders, isSorted, setBack, eventsABatch, prime }) => {
    const ordered = isSorted ? moments.toSorted((a, b) => (a.offsetMs ?? 0) - (b.offsetMs ?? 0)) : moments;
    let atNs = 5e9;
    return {
      events: ordered.map(({ topic, offsetMs, errorMs }, i) => {
        const backMs = setBack !== null && i >= setBack.at ? setBack.byMs : 0;
        const dueS = offsetMs === undefined ? Number.NaN : START_S + (offsetMs + errorMs - backMs) / 1000;
        return { topic, dueS };
      }),
      orders: orders.map(([order, afterUs]) => {
        atNs += afterUs * 1000;
        return { ...order, atNs };
      }),
      eventsABatch,
      prime,
    };
  });

test('obeys orders as a naive player does: nothing is lost, repeated or out of order, and all is on time', async () => {
  let jumps = 0;
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const sent = await played(plan);
      const model = expected(plan);
      assert.deepEqual(
        sent.map(({ name }) => name),
        model.map(({ name }) => name),
      );
      for (const [i, { atNs }] of sent.entries()) {
        // The recorded time, a double, resolves a quarter of a microsecond.
        // Clocks that were not set make decades of it.
        assert.ok(
          Math.abs(atNs - model[i].atNs) <= 1000 + 1e-12 * atNs,
          `event ${i}: ${atNs - model[i].atNs} ns off`,
        );
      }
      jumps += plan.orders.filter(({ kind }) => kind === 'seek').length;
    }),
    { numRuns: 250 },
  );
  assert.ok(jumps > 100);
});

/** What came of a night that is played without orders, with a stall after its third event. */
async function stalled(stallNs: number, options: Partial<PlayerOptions>, pace: Partial<Pace> = {}) {
  const stage = new Stage([], () => {});
  stage.stallNs = (number) => (number === 2 ? stallNs : 0);
  const events = Array.from({ length: 20 }, (_, i) => ({ topic: TOPICS[i % 3], dueS: START_S + i / 100 }));
  const plan: Pace = { speedup: 1, times: 'replay', maxGapS: NEVER, rate: undefined, burst: 1, ...pace };
  const pacer = new Pacer(plan, stage, stage);
  const tally = new Tally(stage, pacer, { ...plan, latenessByTopic: false, failIf: [] });
  const player = new Player(pacer, tally, { ...OPTIONS, ...options });
  const night = new Night(events, 7);
  const ending = await player.play(night, stage, night.pass());
  const [first] = stage.sent;
  const sent = stage.sent.map(({ name, atNs }) => ({
    name,
    atMs: Math.round((atNs - first.atNs) / 1e4) / 100,
  }));
  return { sent, outcome: tally.outcome(ending) };
}

const ALL = Array.from({ length: 20 }, (_, i) => i);
/** The events are due every 10 ms, and each takes 0.4 ms: the third is sent at 20 ms, and all after it 100 ms late. */
const STALL_NS = 100e6;

test('catches up with events that are late, by default', async () => {
  const { sent, outcome } = await stalled(STALL_NS, { lateAfterMs: 0 });
  const atMs = ALL.map((i) => (i <= 2 ? 10 * i : Math.max(10 * i, 120.4 + 0.4 * (i - 3))));
  assert.deepEqual(
    sent,
    ALL.map((i) => ({ name: `${i}`, atMs: Math.round(atMs[i] * 100) / 100 })),
  );
  assert.deepEqual([outcome.endedBy, outcome.sent, outcome.dropped], ['end', 20, 0]);
});

test('moves the plan where an event is later than allowed: shift', async () => {
  const { sent, outcome } = await stalled(STALL_NS, { onLate: 'shift' });
  // The fourth, due at 30 ms, is sent at 120.4.
  assert.deepEqual(
    sent,
    ALL.map((i) => ({ name: `${i}`, atMs: i <= 2 ? 10 * i : Math.round((10 * i + 90.4) * 100) / 100 })),
  );
  assert.deepEqual([outcome.sent, outcome.shifts.count], [20, 1]);
  assert.ok(Math.abs(outcome.shifts.totalS - 0.0904) < 1e-6);
});

test('does not send events that are later than allowed, and counts them: drop', async () => {
  const { sent, outcome } = await stalled(STALL_NS, { onLate: 'drop' });
  // At 120.4 ms those that are due before 70.4 are more than 50 late.
  const kept = ALL.filter((i) => i <= 2 || i > 7);
  assert.deepEqual(
    sent.map(({ name }) => name),
    kept.map((i) => `${i}`),
  );
  assert.equal(sent.at(-1)?.atMs, 190);
  assert.deepEqual([outcome.endedBy, outcome.sent, outcome.dropped], ['end', 15, 5]);
});

test('ends where an event is later than allowed: abort', async () => {
  const { sent, outcome } = await stalled(STALL_NS, { onLate: 'abort' });
  assert.deepEqual([outcome.endedBy, sent.length], ['late', 3]);
});

for (const onLate of ['shift', 'drop', 'abort'] as const) {
  test(`lets events be as late as allowed: ${onLate}`, async () => {
    const { sent, outcome } = await stalled(STALL_NS, { onLate, lateAfterMs: 90.5 });
    assert.deepEqual(
      [outcome.endedBy, sent.length, outcome.dropped, outcome.shifts.count],
      ['end', 20, 0, 0],
    );
  });

  test(`has no event be late flat out: ${onLate}`, async () => {
    const { sent, outcome } = await stalled(STALL_NS, { onLate }, { speedup: NEVER });
    assert.deepEqual([outcome.endedBy, sent.length], ['end', 20]);
  });
}

test('sends evenly, whatever was recorded, and in bursts where that is asked for', async () => {
  const even = await stalled(0, {}, { rate: { perS: 50, unit: 'events' } });
  assert.deepEqual(
    even.sent.map(({ atMs }) => atMs),
    ALL.map((i) => 20 * i),
  );
  const bursts = await stalled(0, {}, { rate: { perS: 50, unit: 'events' }, burst: 4 });
  assert.deepEqual(
    bursts.sent.map(({ atMs }) => atMs),
    ALL.map((i) => Math.round((80 * Math.floor(i / 4) + 0.4 * (i % 4)) * 100) / 100),
  );
  // A topic of five bytes, and a number of one or two.
  const bytes = await stalled(0, {}, { rate: { perS: 100, unit: 'bytes' } });
  assert.deepEqual(
    bytes.sent.map(({ atMs }) => atMs),
    ALL.map((i) => 10 * (i <= 10 ? 6 * i : 60 + 7 * (i - 10))),
  );
});

test('moves an even plan, and drops what is late of it', async () => {
  const rate = { perS: 100, unit: 'events' } as const;
  const shifted = await stalled(STALL_NS, { onLate: 'shift' }, { rate });
  assert.equal(shifted.sent.at(-1)?.atMs, 280.4);
  const dropped = await stalled(STALL_NS, { onLate: 'drop' }, { rate });
  assert.deepEqual([dropped.sent.at(-1)?.atMs, dropped.outcome.dropped], [190, 5]);
});

test('keeps a rate from pass to pass, and rests between them', async () => {
  const rate = { perS: 50, unit: 'events' } as const;
  const { sent } = await stalled(0, { loop: 3 }, { rate });
  assert.deepEqual(
    sent.map(({ atMs }) => atMs),
    Array.from({ length: 60 }, (_, i) => 20 * i),
  );
  const rested = await stalled(0, { loop: 2, loopDelayS: 0.05 }, { rate });
  assert.equal(rested.sent[20].atMs, 450);
});

/** A command, and before which try to send it is given. */
interface Interruption {
  readonly atTry: number;
  readonly kind: 'pause' | 'resume' | 'step' | 'speed';
}

test('sends each event once and in order, whatever room there is and whatever commands come', async () => {
  const interruptions = fc.array(
    fc.record<Interruption>({
      atTry: fc.nat(60),
      kind: fc.constantFrom('pause', 'resume', 'step', 'speed'),
    }),
    { maxLength: 8 },
  );
  const refusals = fc.array(fc.nat(2), { minLength: 20, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(interruptions, refusals, fc.boolean(), async (commands, refused, isFlatOut) => {
      const clock = systemClock;
      const speedup = isFlatOut ? NEVER : 1000;
      const pace = { speedup, times: 'now', maxGapS: NEVER, rate: undefined, burst: 1 } as const;
      const pacer = new Pacer(pace, clock, new Waiter(clock, { timing: 'eco' }));
      const tally = new Tally(clock, pacer, { ...pace, latenessByTopic: false, failIf: [] });
      const player = new Player(pacer, tally, OPTIONS);
      const events = ALL.map((i) => ({ topic: TOPICS[i % 3], dueS: START_S + i / 10 }));
      const left = [...refused];
      const [names, steps]: [string[], Promise<unknown>[]] = [[], []];
      let tries = 0;
      const command = (kind: Interruption['kind']) => {
        if (kind === 'pause') player.pause();
        else if (kind === 'resume') player.resume();
        else if (kind === 'speed') player.changeSpeed(isFlatOut ? 1000 : NEVER);
        else steps.push(player.step());
      };
      const sink = {
        send: async ([, payload]: readonly Part[]) => {
          for (const { atTry, kind } of commands) if (atTry === tries) command(kind);
          tries += 1;
          // A pause of the test's own does not last.
          if (player.isPaused) setImmediate(() => player.resume());
          if (left[names.length] > 0) {
            left[names.length] -= 1;
            return false;
          }
          names.push(payload.toString());
          return true;
        },
      };
      const night = new Night(events, 7);
      const ending = await player.play(night, sink, night.pass());
      await Promise.all(steps);
      assert.deepEqual(
        names,
        ALL.map((i) => `${i}`),
      );
      const { sent, blocked } = tally.outcome(ending);
      assert.deepEqual(
        [ending, sent, tries],
        ['end', ALL.length, ALL.length + refused.reduce((sum, n) => sum + n)],
      );
      assert.ok(blocked.count >= refused.filter((n) => n > 0).length);
    }),
    { numRuns: 50 },
  );
});
