import { statSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RecordingWriter } from '../database/recording-writer.js';
import type { NameOf } from '../shared/expect.js';
import { chooseTopics } from './catalogue.js';
import { type NightEnd, nightEvents } from './night.js';
import { type GenerateOptions, LONGEST_NIGHT_S, nightTooLong, type Plan, resolveOptions } from './options.js';
import { Random } from './random.js';
import { expectEvents, rateScaleFor } from './rates.js';
import { Timeline } from './timeline.js';
import type { TopicKind } from './topic-kind.js';
import { type GeneratedEvent, TopicSource } from './topic-source.js';

export type { GenerateOptions, GenerateProgress } from './options.js';

/** What was generated. */
export interface GenerateOutcome {
  readonly path: string;
  readonly events: number;
  /** Attribute rows. */
  readonly attributes: number;
  readonly topics: number;
  readonly nights: number;
  readonly sizeBytes: number;
  /** Seconds from the first wire time to the last, the days between nights included. */
  readonly spanS: number;
  /** Seconds that the generating took. */
  readonly tookS: number;
}

/** Rows between two looks at the event loop: some tens of milliseconds. */
const ROWS_PER_TURN = 20_000;

/** Turns between two reports of progress: some tenths of a second. */
const TURNS_PER_PROGRESS = 5;

const DAY_S = 86_400;

/**
 * Writes a recording of nights that never were: made up, and yet as a telescope's control system would log them.
 * The same options give the same bytes.
 *
 * @throws {TcsReplayError} `BAD_OPTION`, `NO_SUCH_FILE` (the folder), `WRITE_FAILED`; or the reason of
 * `options.signal`. No file is left then, and an existing one is untouched.
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
  const plan = resolveOptions(options, nameOf);
  options.signal?.throwIfAborted();
  const writer = new RecordingWriter(plan.path, { overwrite: plan.overwrite });
  try {
    const spanUs = await writeAll(writer, plan, options);
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
  plan: Plan,
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

function* allNights(plan: Plan): Generator<GeneratedEvent> {
  const kinds = chooseTopics(plan.topics);
  const sources = kinds.map((kind) => new TopicSource(kind, plan.seed, plan.attributes));
  for (let night = 0; night < plan.nights; night++) {
    const startUnixS = plan.startUnixS + night * DAY_S;
    const timeline = new Timeline(new Random(plan.seed, `night ${night}`), startUnixS);
    const end = nightEnd(plan, night);
    const clock = {
      startUs: Math.round(startUnixS * 1e6),
      timeline,
      rateScale: rateScale(plan, kinds, timeline, end),
    };
    yield* nightEvents(sources, clock, end);
  }
}

function nightEnd({ eventsOfNights, durationS }: Plan, night: number): NightEnd {
  // One of the two is there: see `resolveOptions`.
  return eventsOfNights === undefined ? { durationS: durationS! } : { eventCount: eventsOfNights[night]! };
}

function rateScale(plan: Plan, kinds: readonly TopicKind[], timeline: Timeline, end: NightEnd): number {
  if (!('eventCount' in end)) return 1;
  if (plan.durationS !== undefined) {
    return rateScaleFor(end.eventCount, expectEvents(kinds, timeline, plan.durationS));
  }
  if (plan.nights > 1) {
    const { steady, atPhases } = expectEvents(kinds, timeline, LONGEST_NIGHT_S);
    if (end.eventCount > steady + atPhases) throw nightTooLong();
  }
  return 1;
}
