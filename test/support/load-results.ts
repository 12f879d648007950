/** What tests ask of the results of a load test. */
import assert from 'node:assert/strict';
import type { LoadProgress } from '../../src/loadtest/load-progress.js';
import type { LoadReport, SubscriberResult } from '../../src/loadtest/load-report.js';

export function named(report: LoadReport, name: string): SubscriberResult {
  const found = report.subscribers.find((each) => each.name === name);
  assert(found !== undefined, `${name} in ${report.subscribers.map((each) => each.name).join(', ')}`);
  return found;
}

export function ofPid(report: LoadReport, pid: number | undefined): SubscriberResult {
  const found = report.subscribers.find((each) => each.pid === pid);
  assert(found !== undefined, `process ${pid}`);
  return found;
}

/** Of a subscriber that counts: it received all that was sent for it. */
export function assertWhole({ name, wanted, received, lost }: SubscriberResult): void {
  assert(wanted !== null && wanted > 0, name);
  assert.deepEqual([received, lost], [wanted, { least: 0, most: 0, about: 0 }], name);
}

/** Of a subscriber whose connection alone is seen: all that was sent was delivered to its machine. */
export function assertDelivered({ name, proof, lost, wanted, proves }: SubscriberResult, sent: number): void {
  const told = `${name}: ${proves}`;
  assert.deepEqual([proof, lost, wanted], ['kernel', { least: 0, most: 0, about: 0 }, sent], told);
}

/** Holds a subscriber from a moment of the load to another one. */
export function holding(
  subscriber: { hold(): void; release(): void },
  fromS: number,
  toS: number,
): (progress: LoadProgress) => void {
  let state: 'before' | 'held' | 'after' = 'before';
  return ({ atS }) => {
    if (state === 'before' && atS >= fromS) {
      subscriber.hold();
      state = 'held';
    } else if (state === 'held' && atS >= toS) {
      subscriber.release();
      state = 'after';
    }
  };
}

/**
 * Holds a subscriber from an event of the load on, until the load has ended: a condition on the number of events that another one
 * has received, with `abortOnFail`, ends it, however long a busy machine takes for these.
 */
export function heldToItsEnd(
  subscriber: { hold(): void; release(): void },
  fromEvent: number,
): (progress: LoadProgress) => void {
  let isHeld = false;
  return ({ sent, phase }) => {
    if (!isHeld && sent >= fromEvent) {
      subscriber.hold();
      isHeld = true;
    } else if (isHeld && phase === 'drain') subscriber.release();
  };
}
