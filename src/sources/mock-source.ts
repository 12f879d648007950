import { Batch, BatchBuilder } from '../batch/batch.js';
import { SLOT_BYTES } from '../encode/time-slot.js';
import type { PlacedBatch, Source } from './source.js';

export const TOPIC = 'lrs2.hardware.status';

/** The payload of a mock event, with both times as given, and the offsets of the times in it. */
export function mockPayload(time: string): { json: string; dataAt: number; wireAt: number } {
  const head = '{"__system":"lrs2","__source":"hardware","__key":"status","__data":"true","__data_time":';
  const middle = ',"__wire_time":';
  const json = `${head}${time}${middle}${time}}`;
  return { json, dataAt: head.length, wireAt: head.length + time.length + middle.length };
}

/** Mock events: one is due every `sleepS` seconds, without end. */
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
      const batch = new Batch(builder.pack({ topics: [TOPIC], oddities: [], format: 'json' }));
      yield { batch, shareAtEnd: 0 };
    }
  }
}
