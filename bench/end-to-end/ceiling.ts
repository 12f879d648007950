import { freePort, RunningProgram } from '../../test/support/peer.js';
import { TIME_KEYS } from '../expected-frames.js';
import { SEQUENCE_KEY } from '../night.js';
import { Receiver } from '../receiver.js';
import type { ReceiverChoice } from '../receiver-choice.js';
import { rateOf } from '../receiver-rate.js';
import { faultsOf } from '../reception-faults.js';
import type { Measured } from '../scenario.js';

export interface CeilingPlan {
  readonly receiver: ReceiverChoice;
  /** File with the messages of a night: see `expectedFrames`. */
  readonly framesPath: string;
  readonly events: number;
  /** Digest of all messages that must arrive; null: unknown. */
  readonly digest: string | null;
  /** Path of the publisher in C. */
  readonly command: string;
}

const TIMEOUT_MS = 60_000;
const COURSE_MS = 50;

/**
 * Measures the highest rate at which a receiver receives and checks: a program in C sends it the messages of
 * a night from memory.
 */
export async function measureCeiling({
  receiver: choice,
  framesPath,
  events,
  digest,
  command,
}: CeilingPlan): Promise<Measured> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const receiver = await Receiver.start(choice, {
    ...{ url, count: events, sequenceKey: SEQUENCE_KEY, courseMs: COURSE_MS },
    ...{ firstTimeoutMs: TIMEOUT_MS, timeoutMs: TIMEOUT_MS, digestWithout: TIME_KEYS },
  });
  try {
    const program = new RunningProgram(command, [framesPath, String(events), url, '1'], {
      timeoutMs: TIMEOUT_MS,
    });
    const { code, stdout, stderr } = await program.outcome;
    if (code !== 0) throw new Error(`The publisher in C ended with ${code}: ${stderr}`);
    const { sent, cpuSeconds } = JSON.parse(stdout.split('\n')[1]) as { sent: number; cpuSeconds: number };
    const reception = await receiver.reception();
    const eventsPerS = rateOf(reception.received, reception);
    return {
      ...faultsOf({ events, digest }, sent, reception),
      achievedPerS: eventsPerS,
      figures: {
        eventsPerS,
        bytesPerS: rateOf(reception.bytes, reception),
        cpuUsPerEvent: (1e6 * cpuSeconds) / events,
        receiverCpuUsPerEvent: reception.cpuS === undefined ? null : (1e6 * reception.cpuS) / events,
      },
      course: reception.course,
    };
  } finally {
    receiver.stop();
  }
}
