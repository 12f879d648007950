import assert from 'node:assert/strict';
import type { Random } from '../../src/generate/random.js';
import { type ExpectedEvent, makeNight, type Night } from './night.js';
import { played } from './played.js';
import type { ReliabilityPromise } from './reliability-promise.js';

/** Plays a night with random options to a subscriber in Python, which records every message. */
export const DELIVERIES: ReliabilityPromise = {
  name: 'deliveries',
  says: 'Each event reaches a connected subscriber once, in order, with the values of the database.',
  method: 'Random nights and options; a subscriber in Python records all; each value is compared.',
  async trial(random, folder) {
    const night = await makeNight(random, folder);
    const { args, expected } = chooseOptions(random, night);
    const messages = await played(night.path, folder, args);
    const received = messages.map(({ topic, payloadText }) => ({ topic, payload: JSON.parse(payloadText) }));
    assert.equal(received.length, expected.length, args.join(' '));
    // As texts, which shows the order of the keys, too.
    for (const [i, event] of expected.entries())
      assert.equal(JSON.stringify(received[i]), JSON.stringify(event), `${args.join(' ')}: event ${i}`);
    return { replays: 1, deliveries: expected.length };
  },
};

function chooseOptions(random: Random, night: Night): { args: string[]; expected: ExpectedEvent[] } {
  let expected = [...night.events];
  const args = ['--workers', String(random.below(3)), '--batch-events', String(1 + random.below(2000))];
  if (random.chance(0.5)) {
    args.push('--sort-by', '__wire_time');
    const timeOf = ({ payload }: ExpectedEvent) => Number(payload.__wire_time);
    expected.sort((a, b) => timeOf(a) - timeOf(b));
  }
  if (random.chance(0.5)) {
    const { topic } = random.pick(night.events);
    args.push('--topics', topic);
    expected = expected.filter((event) => event.topic === topic);
  }
  if (random.chance(0.3)) {
    const limit = 1 + random.below(expected.length);
    args.push('--limit', String(limit));
    expected = expected.slice(0, limit);
  }
  // The limit counts the events of all passes.
  if (random.chance(0.3) && !args.includes('--limit')) {
    args.push('--loop', '2');
    expected = [...expected, ...expected];
  }
  return { args, expected };
}
