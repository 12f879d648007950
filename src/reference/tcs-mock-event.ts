import { setTimeout as delay } from 'node:timers/promises';
import { jsonTime } from '../encode/time-slot.js';
import { optionValue } from '../options/option-table.js';
import { systemClock } from '../shared/clock.js';
import { mockPayload, TOPIC } from '../sources/mock-source.js';

/**
 * Yields mock events, `lrs2.hardware.status`, without end, as the reference's `TCSMockEvent` does. A sleep precedes each
 * event.
 */
export class TCSMockEvent implements AsyncIterable<[topic: string, json: string]> {
  private readonly _sleepS: number;
  private readonly _signal: AbortSignal | undefined;

  /**
   * @param options.sleepS seconds before each event; 0 or more, default 1
   * @param options.signal ends the sequence when it is aborted
   * @throws TcsReplayError `BAD_OPTION`
   */
  constructor({ sleepS, signal }: { sleepS?: number; signal?: AbortSignal } = {}) {
    this._sleepS = optionValue('sleepS', sleepS);
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
