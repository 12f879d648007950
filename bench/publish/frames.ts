import { Random } from '../../src/generate/random.js';
import { inCache } from '../cache.js';
import { makeFrames } from '../make-frames.js';
import { SEQUENCE_KEY } from '../night.js';

/** Messages of one size, numbered from 1, in a file of the format of bench/peer/frames.h. */
export interface Frames {
  readonly path: string;
  readonly messages: number;
}

const SEED = 1;
/** Raise this when the same size produces other messages. */
const VERSION = 1;
const TOPICS = 8;
/**
 * Number of different messages, which are sent in a cycle. Together they are larger than a processor's cache.
 */
const MOST_MESSAGES = 4096;
const MOST_BYTES = 64 << 20;
const FIRST_LETTER = 97;
const LETTERS = 26;

/** Makes the messages once and keeps them. @param payloadBytes 64 or more */
export function framesOf(payloadBytes: number): Frames {
  const messages = Math.min(MOST_MESSAGES, Math.floor(MOST_BYTES / payloadBytes));
  const path = inCache(`frames-v${VERSION}-seed${SEED}-${messages}x${payloadBytes}`);
  makeFrames(path, (writer) => {
    const random = new Random(SEED, `frames ${payloadBytes}`);
    for (let number = 1; number <= messages; number++) {
      writer.add(`tracker.position.${number % TOPICS}`, payloadOf(number, payloadBytes, random));
    }
  });
  return { path, messages };
}

function payloadOf(number: number, payloadBytes: number, random: Random): string {
  const [head, end] = [`{"${SEQUENCE_KEY}":${number},"text":"`, '"}'];
  const letters = Buffer.alloc(payloadBytes - head.length - end.length);
  for (let i = 0; i < letters.length; i++) letters[i] = FIRST_LETTER + random.below(LETTERS);
  return head + letters.toString('latin1') + end;
}
