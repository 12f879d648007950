/** The entry of the process of a subscriber, which the load test starts (`subscriber-process.ts`). */

import { endSleepsOnTime, ThreadSleeper } from '../../pacing/sleeper.js';
import { literalPrefix } from '../../selection/topic-pattern.js';
import { messageOf } from '../../shared/errors.js';
import { Subscriber } from '../../zmq/subscriber.js';
import { AnchoredClock } from './anchored-clock.js';
import { OwnSubscriber } from './own-subscriber.js';
import type { ClockAnchor, FromSubscriber, SubscriberPlan, ToSubscriber } from './subscriber-messages.js';

/** Time between two reports with histograms. */
const HISTOGRAM_INTERVAL_MS = 1000;
/** Reports that the load test has not taken yet. While there are more, none is made but for its requests. */
const MOST_UNSENT = 8;

let subscriber: OwnSubscriber | undefined;
let socket: Subscriber | undefined;
let histogramMs = 0;
let clock: AnchoredClock | undefined;
let unsent = 0;

process.on('message', (message: ToSubscriber) => {
  if (message.kind === 'begin') void begin(message.plan, message.anchor);
  else if (message.kind === 'clock') clock?.anchorAt(message.anchor);
  else if (message.kind === 'report') report('report');
  else end();
});
// With the load test, however that ends. Its channel may have been closed before this module was loaded.
process.on('disconnect', () => exit());
if (!process.connected) exit();
// Terminals and service managers send these to all processes of a load test, which ends this one after its last report.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => {});
send({ kind: 'loaded' });

async function begin(plan: SubscriberPlan, anchor: ClockAnchor): Promise<void> {
  try {
    endSleepsOnTime();
    clock = new AnchoredClock(anchor);
    subscriber = new OwnSubscriber(plan, clock, new ThreadSleeper(clock));
    socket = await Subscriber.open({
      connect: plan.connect,
      prefixes: plan.topics.length === 0 ? [''] : plan.topics.map(literalPrefix),
      highWaterMark: plan.highWaterMark,
      curve: plan.curve,
      onNotice: (notice) => send({ kind: 'notice', notice }),
      mark: plan.mark,
      onConnected: () => send({ kind: 'ready' }),
    });
    setInterval(() => unsent < MOST_UNSENT && report(null), plan.reportIntervalMs);
    await subscriber.run(socket.messages());
  } catch (error) {
    send({ kind: 'failed', message: messageOf(error) }, () => exit(1));
  }
}

function report(answers: 'report' | 'end' | null, done?: () => void): void {
  if (subscriber === undefined) {
    done?.();
    return;
  }
  const nowMs = performance.now();
  const withHistograms = answers !== null || nowMs - histogramMs >= HISTOGRAM_INTERVAL_MS;
  if (withHistograms) histogramMs = nowMs;
  send({ kind: 'report', report: subscriber.report(withHistograms), answers }, done);
}

function end(): void {
  report('end', () => exit());
}

function exit(code = 0): void {
  socket?.close();
  process.exit(code);
}

function send(message: FromSubscriber, done: () => void = () => {}): void {
  unsent += 1;
  // It fails where the load test has gone, which ends this process anyway.
  process.send?.(message, undefined, undefined, () => {
    unsent -= 1;
    done();
  });
}
