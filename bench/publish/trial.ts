import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../test/support/peer.js';
import { sumOf } from '../case-summary.js';
import { runMeasured } from '../measured-program.js';
import { SEQUENCE_KEY } from '../night.js';
import { Receiver } from '../receiver.js';
import type { ReceiverChoice } from '../receiver-choice.js';
import { rateOf } from '../receiver-rate.js';
import type { Reception } from '../reception.js';
import { faultsOf } from '../reception-faults.js';
import { requireSuccess } from '../require-success.js';
import type { Measured } from '../scenario.js';
import { spreadOf } from '../spread.js';
import type { Frames } from './frames.js';

export type Transport = 'tcp' | 'ipc' | 'inproc';

export interface PublishPlan {
  /** The sending program and its leading arguments: see program.ts and publisher.c. */
  readonly command: readonly string[];
  readonly frames: Frames;
  /** Number of messages to send. */
  readonly count: number;
  readonly transport: Transport;
  readonly subscribers: number;
  readonly receiver: ReceiverChoice;
  /** Digest of all messages that must arrive. */
  readonly digest: string;
  /** Variables added to the sender's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The JSON that both programs print. */
interface Sent {
  readonly sent: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** What the inproc subscriber got, which is part of the program. */
  readonly reception?: Reception;
}

const TIMEOUT_MS = 60_000;

/** Runs a program that sends messages from memory, and its receivers, each in a process of its own. */
export async function publishOnce(plan: PublishPlan): Promise<Measured> {
  const { command, frames, count, transport, subscribers, digest, env } = plan;
  const ipcPath = join(tmpdir(), `tcs-replay-bench-${process.pid}.ipc`);
  const url = {
    tcp: `tcp://127.0.0.1:${await freePort()}`,
    ipc: `ipc://${ipcPath}`,
    inproc: 'inproc://bench',
  }[transport];
  const receivers: Receiver[] = [];
  try {
    for (let i = 0; i < (transport === 'inproc' ? 0 : subscribers); i++) {
      receivers.push(
        await Receiver.start(plan.receiver, {
          ...{ url, count, sequenceKey: SEQUENCE_KEY, cycle: frames.messages, digestWithout: [] },
          ...{ firstTimeoutMs: TIMEOUT_MS, timeoutMs: TIMEOUT_MS },
        }),
      );
    }
    const [program, ...args] = [...command, frames.path, String(count), url, String(subscribers)];
    const outcome = await runMeasured(program, args, { timeoutMs: TIMEOUT_MS, env });
    requireSuccess('The publisher', outcome);
    const sent = JSON.parse(outcome.stdout.trimEnd().split('\n').at(-1) ?? '') as Sent;
    const receptions = [...(await Promise.all(receivers.map((receiver) => receiver.reception())))];
    if (sent.reception !== undefined) receptions.push(sent.reception);
    return measuredOf(sent, receptions, { events: count, digest }, outcome.peakRssBytes);
  } finally {
    for (const receiver of receivers) receiver.stop();
    rmSync(ipcPath, { force: true });
  }
}

function measuredOf(
  { sent, seconds, cpuSeconds }: Sent,
  receptions: readonly Reception[],
  expected: { readonly events: number; readonly digest: string },
  peakRssBytes: number | null,
): Measured {
  const faults = receptions.map((reception) => faultsOf(expected, sent, reception));
  const rates = receptions.map((reception) => rateOf(reception.received, reception));
  const publisherPerS = sent / seconds;
  // Without a subscriber libzmq drops all messages, and only the publisher's clock is left.
  const messagesPerS = rates.length === 0 ? publisherPerS : spreadOf(rates).min;
  const bytesAMessage = receptions.length === 0 ? null : receptions[0].bytes / receptions[0].received;
  const cpuS = spreadOf([0, ...receptions.map((reception) => reception.cpuS ?? 0)]).max;
  const reasons = sent === expected.events ? [] : [`sent ${sent} of ${expected.events} messages`];
  return {
    reasons: [...new Set([...reasons, ...faults.flatMap((fault) => fault.reasons)])],
    counts: sumOf(faults.map(({ counts }) => counts)),
    achievedPerS: messagesPerS,
    figures: {
      messagesPerS,
      bytesPerS: bytesAMessage === null ? null : messagesPerS * bytesAMessage,
      cpuUsPerMessage: (1e6 * cpuSeconds) / sent,
      publisherPerS,
      receiverCpuUsPerMessage: receptions.length === 0 || cpuS === 0 ? null : (1e6 * cpuS) / sent,
      peakRssBytes,
    },
  };
}
