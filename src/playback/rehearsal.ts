import { Batch, BatchBuilder } from '../batch/batch.js';
import { SLOT_BYTES } from '../encode/time-slot.js';
import { Tally } from '../measure/tally.js';
import { Pacer } from '../pacing/pacer.js';
import type { Times } from '../pacing/schedule.js';
import { type Timing, Waiter } from '../pacing/waiter.js';
import { systemClock } from '../shared/clock.js';
import { mockPayload, TOPIC } from '../sources/mock-source.js';
import type { PlacedBatch, Source } from '../sources/source.js';
import type { Pass } from '../timeline/archive.js';
import { Timeline } from '../timeline/timeline.js';
import { Player, type Sink } from './player.js';

export interface RehearsalOptions {
  readonly times: Times;
  readonly timing: Timing;
  /** Length of the rehearsal, in seconds; it can take a tenth longer. */
  readonly durationS: number;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Events come so soon after each other that thousands are sent, and so late that each is waited for. */
const GAP_S = 60e-6;
/** After so many, a sleep of the thread comes before the next one, or a timer, as after longer gaps. */
const [SLEEP_AFTER, SLEEP_S] = [8, 300e-6];
const [TIMER_AFTER, TIMER_S] = [250, 3e-3];
const BATCHES = 3;
const EVENTS_A_BATCH = 250;
const FIRST_S = 1.5e9;
const ENDLESS = Number.POSITIVE_INFINITY;

/** Kept: what was compiled for it would be thrown away with it. */
let source: MadeUpEvents | undefined;

/**
 * Sends made-up events where nobody receives them, as a replay sends its own. V8 compiles code when it has run often, in threads
 * that hold whole cores meanwhile, and other threads wait: so it compiles what an event passes through before the first one is due.
 *
 * There are several rounds of a tenth of a second, each with objects of its own: what happens once a round has happened
 * before, too, when the code is compiled, and is part of it.
 *
 * @param sink of the kind that the replay sends to
 */
export async function rehearse(sink: Sink, options: RehearsalOptions): Promise<void> {
  const { durationS, signal } = options;
  source ??= new MadeUpEvents();
  const endNs = systemClock.nowNs() + 1e9 * durationS;
  while (!signal.aborted && systemClock.nowNs() < endNs) await playRound(source, sink, options);
}

async function playRound(
  events: Source,
  sink: Sink,
  { times, timing, signal }: RehearsalOptions,
): Promise<void> {
  const pace = { speedup: 1, times, maxGapS: ENDLESS, rate: undefined, burst: 1 };
  const pacer = new Pacer(pace, systemClock, new Waiter(systemClock, { timing }));
  const tally = new Tally(systemClock, pacer, { maxGapS: ENDLESS, latenessByTopic: false, failIf: [] });
  const player = new Player(pacer, tally, {
    ...{ prime: false, loop: 1, loopDelayS: 0, limit: ENDLESS, onLate: 'catch-up', lateAfterMs: 0 },
  });
  const { firstTimeS, lastTimeS, firstKeyS } = events;
  const pass = (): Pass => ({
    past: Promise.resolve([]),
    timeline: new Timeline([{ source: events, firstKeyS, shareBefore: 0, batches: () => events.batches() }]),
  });
  const stop = () => player.stop('abort');
  signal.addEventListener('abort', stop);
  try {
    await player.play({ firstTimeS, lastTimeS, pass, seek: async () => pass() }, sink, pass());
  } finally {
    signal.removeEventListener('abort', stop);
  }
  tally.end();
}

/** Each pass has the same batches, whose times are overwritten. */
class MadeUpEvents implements Source {
  readonly name = 'rehearsal';
  readonly damage = [];
  readonly sizeBytes = 1;
  readonly firstTimeS = FIRST_S;
  readonly firstKeyS = FIRST_S;
  readonly lastTimeS = Number.NaN;
  private readonly _batches = madeUpBatches();

  async *batches(): AsyncGenerator<PlacedBatch> {
    for (const [i, batch] of this._batches.entries()) yield { batch, shareAtEnd: (i + 1) / BATCHES };
  }
}

function madeUpBatches(): Batch[] {
  const builder = new BatchBuilder();
  const { json, dataAt, wireAt } = mockPayload('0'.repeat(SLOT_BYTES.json));
  const payload = Buffer.from(json, 'latin1');
  const batches: Batch[] = [];
  let dueS = FIRST_S;
  for (let number = 1; number <= BATCHES * EVENTS_A_BATCH; number++) {
    const { length: at } = builder;
    builder.reserve(payload.length);
    builder.bytes.set(payload, at);
    // Each in another second than the one before, since the digits of the last second are kept.
    builder.add(at + payload.length, 0, dueS, dueS - (number % 60), at + wireAt, at + dataAt);
    dueS += gapAfter(number);
    if (builder.count === EVENTS_A_BATCH)
      batches.push(new Batch(builder.pack({ topics: [TOPIC], oddities: [], format: 'json' })));
  }
  return batches;
}

function gapAfter(number: number): number {
  if (number % TIMER_AFTER === 0) return TIMER_S;
  return number % SLEEP_AFTER === 0 ? SLEEP_S : GAP_S;
}
