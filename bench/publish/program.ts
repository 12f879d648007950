/**
 * Sends the messages of a file from memory, in a cycle, through this project's own socket and in the same way
 * as its player: each topic is a known buffer, each payload a view of a larger buffer.
 *
 * node program.js FRAMES COUNT URL SUBSCRIBERS
 *
 * Prints `ready` once it is bound and warmed up. Once there are SUBSCRIBERS subscribers it sends COUNT
 * messages and waits until they have left. Then it prints one line of JSON: `sent`; `seconds`, by its own
 * clock, until all was handed to libzmq; `cpuSeconds`, from the first message on; `reception`, with an inproc
 * address.
 */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Publisher } from '../../src/zmq/publisher.js';
import { InprocReceiver } from './inproc-receiver.js';

interface Message {
  readonly topic: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Enough to get all code on the path compiled and optimized. */
const WARM_UP_MESSAGES = 50_000;
/** Longest time without yielding to the event loop; the player's is the same. */
const LONGEST_TURN_MS = 0.5;
/** Number of messages between two readings of the clock. */
const LOOK_EVERY = 32;
const SUBSCRIBER_TIMEOUT_MS = 30_000;
const SIZES_BYTES = 8;

const [framesPath, count, url, subscribers] = process.argv.slice(2);
const file = readFileSync(framesPath);
// A buffer of its own, like a batch's, and not a part of Node's pool.
const bytes = new Uint8Array(file);
const messages = messagesIn(Buffer.from(bytes.buffer));

const warmUp = await open('inproc://warm-up');
await send(warmUp, WARM_UP_MESSAGES);
await warmUp.close();

const publisher = await open(url);
publisher.isFlatOut = true;
const inproc = url.startsWith('inproc:') ? await InprocReceiver.start(url, Number(count)) : undefined;
process.stdout.write('ready\n');
const isThere = await publisher.waitForSubscribers(Number(subscribers), { timeoutMs: SUBSCRIBER_TIMEOUT_MS });
if (!isThere) throw new Error(`Expected ${subscribers} subscribers within ${SUBSCRIBER_TIMEOUT_MS} ms`);
const cpuBefore = process.cpuUsage();
const startedMs = performance.now();
await send(publisher, Number(count));
const seconds = (performance.now() - startedMs) / 1000;
await publisher.close();
const { user, system } = process.cpuUsage(cpuBefore);
const reception = await inproc?.reception();
process.stdout.write(
  `${JSON.stringify({ sent: Number(count), seconds, cpuSeconds: (user + system) / 1e6, reception })}\n`,
);

function open(address: string): Promise<Publisher> {
  return Publisher.open({ bind: [address], connect: [], highWaterMark: 0, lingerMs: -1 });
}

async function send(socket: Publisher, total: number): Promise<void> {
  let turnEndsMs = performance.now() + LONGEST_TURN_MS;
  for (let sent = 0, at = 0; sent < total; sent++) {
    const { topic, start, end } = messages[at];
    socket.send([topic, new Uint8Array(bytes.buffer, start, end - start)]);
    at = at + 1 < messages.length ? at + 1 : 0;
    if (sent % LOOK_EVERY === 0 && performance.now() >= turnEndsMs) {
      await nextTurn();
      turnEndsMs = performance.now() + LONGEST_TURN_MS;
    }
  }
}

function messagesIn(frames: Buffer): Message[] {
  const found: Message[] = [];
  const topics = new Map<string, Buffer>();
  for (let at = 0; at < frames.length; ) {
    const topicBytes = frames.readUInt32LE(at);
    const payloadBytes = frames.readUInt32LE(at + SIZES_BYTES / 2);
    const start = at + SIZES_BYTES + topicBytes;
    const name = frames.toString('latin1', at + SIZES_BYTES, start);
    const topic = topics.get(name) ?? Buffer.from(name);
    topics.set(name, topic);
    found.push({ topic, start, end: start + payloadBytes });
    at = start + payloadBytes;
  }
  return found;
}
