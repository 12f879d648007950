/** The thread of an `InprocReceiver`. It receives messages whose numbers ascend from 1 in a cycle. */
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { Subscriber } from 'zeromq';
import { SEQUENCE_KEY } from '../night.js';
import type { Reception } from '../reception.js';
import type { InprocTask } from './inproc-receiver.js';

const IDLE_MS = 3000;
const FIRST_TIMEOUT_MS = 30_000;
/** Length of what stands before the number. */
const HEAD_BYTES = `{"${SEQUENCE_KEY}":`.length;

const { url, count } = workerData as InprocTask;
const socket = new Subscriber({ receiveHighWaterMark: 0, receiveTimeout: FIRST_TIMEOUT_MS, linger: 0 });
socket.subscribe('');
socket.connect(url);
let [received, bytes, gaps, firstMs, lastMs] = [0, 0, 0, 0, 0];
let [previous, firstSequence]: [number, number | null] = [0, null];
try {
  while (received < count) {
    const [topic, payload] = await socket.receive();
    lastMs = performance.now();
    if (received === 0) {
      firstMs = lastMs;
      socket.receiveTimeout = IDLE_MS;
    }
    received += 1;
    bytes += topic.length + payload.length;
    const number = numberIn(payload);
    firstSequence ??= number;
    // In a cycle, 1 follows the largest number.
    if (number !== previous + 1 && number !== 1) gaps += 1;
    previous = number;
  }
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
}
socket.close();
const reception: Reception = {
  ...{ received, bytes, lost: 0, outOfOrder: gaps, unnumbered: 0, firstSequence },
  seconds: (lastMs - firstMs) / 1000,
};
parentPort?.postMessage(reception);

function numberIn(payload: Buffer): number {
  let number = 0;
  for (let at = HEAD_BYTES; payload[at] >= 48 && payload[at] <= 57; at++)
    number = 10 * number + payload[at] - 48;
  return number;
}
