import type { Reception } from './reception.js';
import type { Counts } from './result.js';

/** What a receiver must get. */
export interface ExpectedReception {
  readonly events: number;
  /** Digest of all messages; null: unknown. */
  readonly digest: string | null;
}

/** What a receiver must get if the same messages are sent several times. */
export function repeated({ events, digest }: ExpectedReception, times: number): ExpectedReception {
  // A digest is a sum modulo 2^64.
  const sum = digest === null ? null : BigInt.asUintN(64, BigInt(`0x${digest}`) * BigInt(times));
  return { events: times * events, digest: sum === null ? null : sum.toString(16).padStart(16, '0') };
}

/** Differences between the expected and the received events. */
export interface Faults {
  /** Why the trial is invalid; empty if it is valid. */
  readonly reasons: string[];
  readonly counts: Counts;
}

/**
 * Compares what a receiver got with what it should have got.
 *
 * @param sent number of events that the publisher reports
 */
export function faultsOf({ events, digest }: ExpectedReception, sent: number, reception: Reception): Faults {
  const { received, lost, outOfOrder, unnumbered, firstSequence, digest: found } = reception;
  const reasons: string[] = [];
  if (sent !== events) reasons.push(`sent ${sent} of ${events} events`);
  if (received !== events) reasons.push(`received ${received} of ${events} events`);
  if (firstSequence !== null && firstSequence !== 1)
    reasons.push(`the first to come was number ${firstSequence}`);
  if (lost > 0) reasons.push(`${lost} numbers missing in between`);
  if (outOfOrder > 0) reasons.push(`${outOfOrder} events out of order`);
  if (unnumbered > 0) reasons.push(`${unnumbered} messages without a number`);
  const isContentRight = digest === null || found === undefined ? null : found === digest;
  // If events are missing the digest differs anyway.
  if (isContentRight === false && received === events)
    reasons.push(`received other content than was to be sent: expected the digest ${digest}, found ${found}`);
  const missing = Math.max(0, events - received);
  return {
    reasons,
    counts: { expected: events, received, lost: missing, outOfOrder, isContentRight },
  };
}
