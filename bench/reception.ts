import type { Histogram } from 'hdr-histogram-js';
import { latenessHistogram } from '../src/measure/histogram.js';
import type { CoursePoint } from './result.js';

/** Everything that a receiver found out. */
export interface Reception {
  readonly received: number;
  /** Numbers missing between the first received event and the last. */
  readonly lost: number;
  readonly outOfOrder: number;
  /** Messages without a number. */
  readonly unnumbered: number;
  /** The number of the first event, or its position in the expected order; null if no event had one. */
  readonly firstSequence: number | null;
  /** Bytes of all frames. */
  readonly bytes: number;
  /** Seconds from the first message to the last. */
  readonly seconds: number;
  /**
   * Arrival of the first and the last message, in seconds of a clock that all processes share; undefined if
   * the receiver does not report it.
   */
  readonly firstAtS?: number;
  readonly lastAtS?: number;
  /** CPU seconds of the receiver; undefined if it does not report them. */
  readonly cpuS?: number;
  /** Digest of all messages, in hexadecimal; undefined if not requested. */
  readonly digest?: string;
  /** Messages without a time; undefined if times were not requested. */
  readonly untimed?: number;
  /** Undefined if not requested, or if nothing arrived. */
  readonly lateness?: ArrivalLateness;
  readonly offsets?: Offsets;
  /** Undefined if not requested. */
  readonly course?: readonly CoursePoint[];
}

/** How long after their due times events arrived, by the time of day. */
export interface ArrivalLateness {
  /** Events that arrived before they were due; each counts as 0. */
  readonly early: number;
  /** Values in nanoseconds. */
  readonly histogram: Histogram;
}

/** How much later than by their recorded times events arrived, by the receiver's monotonic clock. */
export interface Offsets {
  readonly intervalS: number;
  /** The smallest offset of each interval, relative to the first event; null if no event arrived in it. */
  readonly minimaUs: readonly (number | null)[];
}

/** The JSON that a receiver prints. */
export interface PrintedReception extends Omit<Reception, 'cpuS' | 'lateness' | 'course'> {
  readonly cpuSeconds?: number;
  readonly lateness?: { readonly early: number; readonly counts: readonly [ns: number, count: number][] };
  readonly course?: {
    readonly intervalS: number;
    readonly events: readonly number[];
    readonly p99Ns: readonly (number | null)[];
  };
}

/** Converts the JSON that a receiver prints. */
export function receptionOf({ cpuSeconds, lateness, course, ...rest }: PrintedReception): Reception {
  return {
    ...rest,
    cpuS: cpuSeconds,
    lateness: lateness && { early: lateness.early, histogram: histogramOf(lateness.counts) },
    course: course?.events.map((events, i) => {
      const p99Ns = course.p99Ns[i];
      return {
        atS: (i + 1) * course.intervalS,
        eventsPerS: events / course.intervalS,
        p99Us: p99Ns === null ? null : p99Ns / 1000,
      };
    }),
  };
}

function histogramOf(counts: readonly [ns: number, count: number][]): Histogram {
  const histogram = latenessHistogram();
  for (const [ns, count] of counts) histogram.recordValueWithCount(ns, count);
  return histogram;
}
