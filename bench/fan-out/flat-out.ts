import { TIME_KEYS } from '../expected-frames.js';
import { type Night, SEQUENCE_KEY } from '../night.js';
import { oursArgs, PUBLISHER, type Sent, START_TIMEOUT_MS } from '../publisher.js';
import type { ReceiverChoice } from '../receiver-choice.js';
import type { ExpectedReception } from '../reception-faults.js';
import type { Measured } from '../scenario.js';
import { deliveryOf } from './delivery.js';
import { fanOutFaults } from './fan-out-faults.js';
import { playArgs, playTo } from './play.js';
import { Receivers } from './receivers.js';

/** A trial that sends as fast as possible. */
export interface FlatOutPlan {
  /** What each subscriber must get. */
  readonly expected: ExpectedReception;
  /** The largest number, after which 1 follows. Default: numbers never restart. */
  readonly cycle?: number;
  readonly subscribers: number;
  readonly receiver: ReceiverChoice;
  readonly publisher: FlatOutPublisher;
}

export interface FlatOutPublisher {
  readonly command: string;
  readonly args: (receivers: Receivers) => readonly string[];
  /** Parses the publisher's final output. */
  readonly sent: (stdout: string) => Sent;
}

/** If deliveries take longer than this on average, something hangs. */
const TIMEOUT_MS_PER_DELIVERY = 1;

/** tcs-replay, started as users do. @param more additional arguments */
export function ours(
  night: Night,
  highWaterMark: number | undefined,
  more: readonly string[] = [],
): FlatOutPublisher {
  return {
    command: process.execPath,
    args: (receivers) => [
      ...oursArgs({ workers: undefined, highWaterMark }),
      ...playArgs(receivers, night, more),
    ],
    sent: PUBLISHER.ours.sent,
  };
}

/**
 * A program in C that sends messages from memory.
 *
 * @param framesPath see bench/peer/frames.h
 * @param count number of messages to send: after the file's last one the first follows
 */
export function limit(command: string, framesPath: string, count: number): FlatOutPublisher {
  return {
    command,
    args: ({ url, all }) => [framesPath, String(count), url, String(all.length)],
    sent: (stdout) => {
      const { sent, seconds } = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
      return { events: sent, eventsPerS: sent / seconds };
    },
  };
}

export async function measureFlatOut(plan: FlatOutPlan): Promise<Measured> {
  const { expected, cycle, subscribers, receiver, publisher } = plan;
  const timeoutMs = START_TIMEOUT_MS + TIMEOUT_MS_PER_DELIVERY * expected.events * subscribers;
  const receivers = await Receivers.start(receiver, subscribers, {
    ...{ count: expected.events, cycle, sequenceKey: SEQUENCE_KEY, digestWithout: TIME_KEYS },
    ...{ firstTimeoutMs: START_TIMEOUT_MS, timeoutMs },
  });
  const { command, args, sent: sentIn } = publisher;
  const { outcome, receptions } = await playTo(receivers, command, args(receivers), { timeoutMs });
  const sent = sentIn(outcome.stdout);
  const { lostShare, ...faults } = fanOutFaults(expected, sent.events, receptions);
  const { slowestPerS, ...delivery } = deliveryOf(outcome, receptions);
  return {
    ...faults,
    achievedPerS: slowestPerS,
    figures: {
      publishPerS: sent.eventsPerS,
      ...delivery,
      ...{ lostShare, peakRssBytes: outcome.peakRssBytes },
    },
  };
}
