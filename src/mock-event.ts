import { setTimeout as delay } from 'node:timers/promises';
import { Batch, BatchBuilder } from './batch.js';
import { systemClock } from './clock.js';
import { noWarnings } from './decode/warnings.js';
import { CHECKS, DEFAULT_SLEEP_S } from './options.js';
import type { PlacedBatch, Source } from './source.js';
import { jsonTime, SLOT_BYTES } from './time-slot.js';

const TOPIC = 'lrs2.hardware.status';

/** The payload of a mock event, with both times as given, and where in it they are. */
function mockPayload(time: string): { json: string; dataAt: number; wireAt: number } {
  const head = '{"__system":"lrs2","__source":"hardware","__key":"status","__data":"true","__data_time":';
  const middle = ',"__wire_time":';
  const json = `${head}${time}${middle}${time}}`;
  return { json, dataAt: head.length, wireAt: head.length + time.length + middle.length };
}

/**
 * An endless sequence of mock events, `lrs2.hardware.status`: what the reference's `TCSMockEvent` is. Each event
 * comes after a sleep.
 */
export class TCSMockEvent implements AsyncIterable<[topic: string, json: string]> {
  private readonly _sleepS: number;
  private readonly _signal: AbortSignal | undefined;

  /**
   * @param options.sleepS seconds before each event; 0 or more, default 1
   * @param options.signal ends the sequence when it is aborted
   * @throws TcsReplayError `BAD_OPTION`
   */
  constructor({ sleepS = DEFAULT_SLEEP_S, signal }: { sleepS?: number; signal?: AbortSignal } = {}) {
    this._sleepS = CHECKS.sleepS(sleepS);
    this._signal = signal;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<[topic: string, json: string]> {
    for (;;) {
      try {
        await delay(1000 * this._sleepS, undefined, { signal: this._signal });
      } catch {
        return;
      }
      yield [TOPIC, mockPayload(jsonTime(systemClock.unixUs())).json];
    }
  }
}

/** Mock events as a source of a replay: one is due every so many seconds, without end. */
export class MockSource implements Source {
  readonly name = 'mock events';
  readonly damage = [];
  readonly sizeBytes = 0;
  readonly firstTimeS = Number.NaN;
  readonly firstKeyS = Number.NaN;
  readonly lastTimeS = Number.NaN;
  private readonly _sleepS: number;

  constructor(sleepS: number) {
    this._sleepS = sleepS;
  }

  async *batches(): AsyncGenerator<PlacedBatch> {
    const builder = new BatchBuilder();
    const { json, dataAt, wireAt } = mockPayload('0'.repeat(SLOT_BYTES.json));
    for (let dueS = 0; ; dueS += this._sleepS) {
      builder.reserve(json.length);
      builder.bytes.set(Buffer.from(json, 'latin1'));
      builder.add(json.length, 0, dueS, dueS, wireAt, dataAt);
      const batch = new Batch(builder.pack({ topics: [TOPIC], warnings: noWarnings(), format: 'json' }));
      yield { batch, shareAtEnd: 0 };
    }
  }
}
