import { count } from '../shared/text.js';
import type { ConnectionRecord } from './connection-record.js';
import type { ConnectionReport } from './kernel-report.js';
import { lostEvents } from './lost-events.js';
import type { SentSum } from './sent-bytes.js';

/**
 * Answers to heartbeats that are under way at the last look, but for those that were at the first: a heartbeat has come, and
 * its answer is not acknowledged yet. The likeliest number comes first.
 */
const PONGS_UNDER_WAY = [0, 1, -1, 2];

interface ReportOptions {
  readonly isOwn: boolean;
  /** Why the bytes that it took tell nothing; undefined where they do. */
  readonly whyNoBytes: string | undefined;
  /** Whether nothing is sent any more. */
  readonly isFinal: boolean;
}

/** What is known of a connection, for a report. */
export function reportConnection(record: ConnectionRecord, options: ReportOptions): ConnectionReport {
  const { last, process, since, hasEnded, prefixes, gaveWay } = record;
  const { local, peer, sendQueueBytes, peerReceiveQueueBytes } = last.connection;
  return {
    local,
    peer,
    pid: process?.pid ?? null,
    command: process?.command ?? null,
    isOwn: options.isOwn,
    since,
    ended: hasEnded,
    prefixes: prefixes ?? null,
    backedUpShare: record.backedUpShare ?? null,
    backedUpShareOfRun: record.backedUpShareOfRun ?? null,
    sendQueueBytes,
    peerReceiveQueueBytes,
    sentEvents: record.sentSum()?.events ?? null,
    ackedBytes: record.ackedBytes ?? null,
    ...lagOf(record, options),
    ...deliveryOf(record, options),
    gaveWay: gaveWay.verdict ?? null,
  };
}

type Lag = Pick<
  ConnectionReport,
  'unreadEvents' | 'drainBytesPerS' | 'drainEventsPerS' | 'lagBytes' | 'lagEvents' | 'lagS' | 'lostAtLeast'
>;

function lagOf(record: ConnectionRecord, { whyNoBytes }: ReportOptions): Lag {
  const drainBytesPerS = record.drainBytesPerS ?? null;
  const [lagBytes, sum] = [record.lagBytes, record.sentSum()];
  if (whyNoBytes !== undefined || lagBytes === undefined || sum === undefined)
    return {
      unreadEvents: null,
      drainBytesPerS,
      drainEventsPerS: null,
      lagBytes: null,
      lagEvents: null,
      lagS: null,
      lostAtLeast: null,
    };
  const meanBytes = sum.events === 0 ? 1 : sum.bytes / sum.events;
  const { peerReceiveQueueBytes } = record.last.connection;
  return {
    unreadEvents: peerReceiveQueueBytes === null ? null : Math.ceil(peerReceiveQueueBytes / meanBytes),
    drainBytesPerS,
    drainEventsPerS: drainBytesPerS === null ? null : drainBytesPerS / meanBytes,
    lagBytes,
    lagEvents: Math.ceil(lagBytes / meanBytes),
    lagS: record.lagS ?? null,
    lostAtLeast: whyInexact(record) === undefined ? lostAtLeast(record, sum) : null,
  };
}

function lostAtLeast({ lostLeastBytes }: ConnectionRecord, { mostBytes }: SentSum): number {
  return mostBytes === 0 ? 0 : Math.ceil(lostLeastBytes / mostBytes);
}

type Delivery = Pick<ConnectionReport, 'lost' | 'delivered' | 'reason'>;

function deliveryOf(record: ConnectionRecord, { whyNoBytes, isFinal }: ReportOptions): Delivery {
  const unknown = whyNoBytes ?? whyUnknown(record);
  if (!isFinal) return { lost: null, delivered: null, reason: unknown ?? null };
  const [missing, sum] = [record.missingBytes(), record.sentSum()];
  if (unknown !== undefined || missing === undefined || sum === undefined)
    return { lost: null, delivered: 'unknown', reason: unknown ?? 'how much it was sent is not known' };
  const lost = lostOf(missing, sum, record);
  if (lost === undefined) {
    const reason =
      `it acknowledged ${count(sum.bytes - missing)} bytes of ${count(sum.bytes)}: ` +
      'the difference is not that of whole events';
    return { lost: null, delivered: 'unknown', reason };
  }
  return { lost, delivered: lost.bytes === 0 ? 'all' : 'some', reason: null };
}

function lostOf(
  missingBytes: number,
  sum: SentSum,
  record: ConnectionRecord,
): NonNullable<ConnectionReport['lost']> | undefined {
  for (const pongs of record.pongBytes === 0 ? [0] : PONGS_UNDER_WAY) {
    const bytes = missingBytes - pongs * record.pongBytes;
    const events = lostEvents(bytes, sum, record.isDrained);
    if (events !== undefined) return { bytes, events };
  }
  return undefined;
}

function whyUnknown(record: ConnectionRecord): string | undefined {
  if (record.hasEnded) return 'the connection ended: how much it took at last is not known';
  const inexact = whyInexact(record);
  if (inexact !== undefined) return inexact;
  if (record.prefixes === undefined)
    return 'which of the subscriptions are its own is not known: what it took fits no set of them, or several';
  return undefined;
}

/** Why what is missing by its counters need not be lost. */
function whyInexact(record: ConnectionRecord): string | undefined {
  if (record.since === 'joined')
    return 'it connected after the first event: the beginning of what it was sent is not exact';
  if (!record.sentHeartbeatsOnly)
    return `it sent ${count(record.peerSentBytes)} bytes that are not heartbeats alone: its subscription may have changed`;
  return undefined;
}
