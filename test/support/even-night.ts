import { writeEvents } from './stored-event.js';

const START_S = 1_521_854_100;
const TOPIC = 'tcs.tracker.position';

export interface EvenNightOptions {
  readonly events: number;
  /** Events a second. */
  readonly ratePerS: number;
  /** Of the value that fills each event, in bytes. */
  readonly fillBytes: number;
  /** They take turns. Default: one topic. */
  readonly topics?: readonly string[];
}

/** Writes a night of events that all have one size, at even distances. */
export function writeEvenNight(path: string, options: EvenNightOptions): void {
  const { events, ratePerS, fillBytes, topics = [TOPIC] } = options;
  const fill = 'x'.repeat(fillBytes);
  const all = Array.from({ length: events }, (_, i) => {
    const timeS = (START_S + i / ratePerS).toFixed(6);
    return {
      id: BigInt(i + 1),
      topic: topics[i % topics.length],
      dataTime: Number(timeS),
      attributes: [
        { key: '__wire_time', value: timeS, dataType: 'number' },
        { key: '__data_time', value: timeS, dataType: 'number' },
        { key: 'number', value: String(i + 1).padStart(8, '0'), dataType: 'string' },
        { key: 'fill', value: fill, dataType: 'string' },
      ],
    };
  });
  writeEvents(path, all);
}
