import { statSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RecordingWriter } from '../database/recording-writer.js';
import { DAY_S } from '../shared/calendar.js';
import { withSafeCallbacks } from '../shared/callbacks.js';
import type { NameOf } from '../shared/expect.js';
import { chooseTopics } from './catalogue.js';
import { expectedEvents, rateScaleFor } from './expected-events.js';
import type { GenerateOptions } from './generate-options.js';
import { type GeneratePlan, LONGEST_NIGHT_S, nightTooLong, planOf } from './generate-plan.js';
import { type NightEnd, nightEvents } from './night-events.js';
import { NightPhases } from './night-phases.js';
import { Random } from './random.js';
import type { TopicKind } from './topic-kind.js';
import { type GeneratedEvent, TopicSource } from './topic-source.js';

export type { GenerateOptions, GenerateProgress } from './generate-options.js';

/** What was generated. */
export interface GenerateOutcome {
  readonly path: string;
  readonly events: number;
  /** Attribute rows. */
  readonly attributes: number;
  readonly topics: number;
  readonly nights: number;
  readonly sizeBytes: number;
  /** Seconds from the first wire time to the last, including the time between nights. */
  readonly spanS: number;
  /** Seconds that the generation took. */
  readonly tookS: number;
}

/** Rows written before yielding to the event loop: some tens of milliseconds. */
const ROWS_PER_TURN = 20_000;

/** Yields between two progress reports: some tenths of a second. */
const TURNS_PER_PROGRESS = 5;

/**
 * Writes a recording of made-up nights, as a telescope's control system would log them. The same options give the
 * same bytes.
 *
 * @throws TcsReplayError `BAD_OPTION`, `NO_SUCH_FILE` (the folder), `WRITE_FAILED`; or the reason of
 * `options.signal`. After an error no new file is left, and an existing one is unchanged.
 */
export function generate(options: GenerateOptions): Promise<GenerateOutcome>;
/** @internal `nameOf`: what the user calls an option, for errors */
export function generate(
  options: GenerateOptions,
  nameOf: NameOf<keyof GenerateOptions>,
): Promise<GenerateOutcome>;
export async function generate(
  options: GenerateOptions,
  nameOf?: NameOf<keyof GenerateOptions>,
): Promise<GenerateOutcome> {
  const startedMs = performance.now();
  const plan = planOf(options, nameOf);
  options.signal?.throwIfAborted();
  const writer = new RecordingWriter(plan.path, plan);
  try {
    const spanUs = await writeAll(writer, plan, withSafeCallbacks(options));
    writer.close();
    return {
      path: plan.path,
      events: writer.eventCount,
      attributes: writer.attributeCount,
      topics: plan.topics,
      nights: plan.nights,
      sizeBytes: statSync(plan.path).size,
      spanS: spanUs / 1e6,
      tookS: (performance.now() - startedMs) / 1000,
    };
  } finally {
    writer.discard();
  }
}

/** @returns microseconds from the first wire time to the last */
async function writeAll(
  writer: RecordingWriter,
  plan: GeneratePlan,
  { signal, onProgress }: GenerateOptions,
): Promise<number> {
  const totalEvents = plan.eventsOfNights?.reduce((sum, events) => sum + events, 0);
  const report = (): void =>
    onProgress?.({
      events: writer.eventCount,
      rows: writer.attributeCount,
      ...(totalEvents === undefined ? {} : { totalEvents }),
    });
  let firstUs = Number.POSITIVE_INFINITY;
  let lastUs = 0;
  let turns = 0;
  for (const event of allNights(plan)) {
    writer.write(event.topic, event.dataUs / 1e6, event.attributes);
    firstUs = Math.min(firstUs, event.wireUs);
    lastUs = Math.max(lastUs, event.wireUs);
    if (writer.attributeCount < (turns + 1) * ROWS_PER_TURN) continue;
    turns += 1;
    if (turns % TURNS_PER_PROGRESS === 0) report();
    await nextTurn();
    signal?.throwIfAborted();
  }
  report();
  signal?.throwIfAborted();
  return Math.max(0, lastUs - firstUs);
}

function* allNights(plan: GeneratePlan): Generator<GeneratedEvent> {
  const kinds = chooseTopics(plan.topics);
  const sources = kinds.map((kind) => new TopicSource(kind, plan.seed, plan.attributes));
  for (let night = 0; night < plan.nights; night++) {
    const startUnixS = plan.startUnixS + night * DAY_S;
    const phases = new NightPhases(new Random(plan.seed, `night ${night}`), startUnixS);
    const end = nightEnd(plan, night);
    const startUs = Math.round(startUnixS * 1e6);
    yield* nightEvents(sources, { startUs, phases, rateScale: rateScale(plan, kinds, phases, end) }, end);
  }
}

function nightEnd({ eventsOfNights, durationS }: GeneratePlan, night: number): NightEnd {
  // `planOf` defines at least one of the two.
  return eventsOfNights === undefined ? { durationS: durationS! } : { eventCount: eventsOfNights[night]! };
}

function rateScale(
  plan: GeneratePlan,
  kinds: readonly TopicKind[],
  phases: NightPhases,
  end: NightEnd,
): number {
  if (!('eventCount' in end)) return 1;
  if (plan.durationS !== undefined) {
    return rateScaleFor(end.eventCount, expectedEvents(kinds, phases, plan.durationS));
  }
  if (plan.nights > 1) {
    const { steady, atPhases } = expectedEvents(kinds, phases, LONGEST_NIGHT_S);
    if (end.eventCount > steady + atPhases) throw nightTooLong();
  }
  return 1;
}
