import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { framedBytes } from '../../src/kernel/zmtp-size.js';
import { SentBytes } from '../../src/loadtest/sent-bytes.js';

const LETTER = fc.constantFrom('a', 'b', '.');
const TOPIC = fc.string({ unit: LETTER, maxLength: 4 });
const PREFIXES = fc.uniqueArray(TOPIC, { maxLength: 6 });
const EVENT = fc.record({
  topic: TOPIC,
  payloadBytes: fc.integer({ min: 0, max: 600 }),
  furtherBytes: fc.constantFrom(0, 0, 48),
});

describe('SentBytes', () => {
  it('counts what subscribers of any of the prefixes are sent, as a naive count of all events does', () => {
    fc.assert(
      fc.property(PREFIXES, fc.array(EVENT), fc.boolean(), fc.nat(), (watched, events, isEncrypted, at) => {
        const sent = new SentBytes(isEncrypted);
        for (const prefix of watched) assert.equal(sent.watch(prefix), true);
        // The same bytes come in one buffer or in several, as from batches.
        const buffers = new Map<string, Buffer>();
        const cut = events.length === 0 ? 0 : at % events.length;
        let mark = sent.mark();
        for (const [i, { topic, payloadBytes, furtherBytes }] of events.entries()) {
          if (i === cut) mark = sent.mark();
          if (i % 3 === 0) buffers.delete(topic);
          const buffer = buffers.get(topic) ?? Buffer.from(topic);
          buffers.set(topic, buffer);
          sent.add(buffer, payloadBytes, furtherBytes);
        }
        assert.equal(sent.events, events.length);
        for (const prefixes of subsets(watched)) {
          const size = (event: (typeof events)[number]) =>
            framedBytes(event.topic.length, isEncrypted) +
            framedBytes(event.payloadBytes, isEncrypted) +
            (event.furtherBytes > 0 ? framedBytes(event.furtherBytes, isEncrypted) : 0);
          const isFor = ({ topic }: { topic: string }) => prefixes.some((prefix) => topic.startsWith(prefix));
          const wanted = events.filter(isFor).map(size);
          const sum = sent.forPrefixes(prefixes);
          assert.ok(sum !== undefined);
          assert.equal(sum.events, wanted.length);
          assert.equal(sum.bytes, total(wanted));
          // Sizes are known for all events of a prefix, so the bounds hold for those that are wanted.
          assert.ok(wanted.every((bytes) => bytes >= sum.leastBytes && bytes <= sum.mostBytes));
          if (wanted.length > 0) {
            assert.equal(sum.leastBytes, Math.min(...wanted));
            assert.equal(sum.mostBytes, Math.max(...wanted));
          }
          const [before, after] = [events.slice(0, cut), events.slice(cut)].map((some) => some.filter(isFor));
          assert.equal(sent.forPrefixes(prefixes, mark)?.bytes, total(after.map(size)));
          assert.equal(sent.forPrefixes(prefixes, undefined, mark)?.events, before.length);
        }
      }),
    );
  });

  it('knows nothing of a prefix that is not watched', () => {
    const sent = new SentBytes(false);
    sent.watch('a');
    sent.add(Buffer.from('a.b'), 10);
    assert.equal(sent.forPrefixes(['a', 'a.b']), undefined);
    assert.equal(sent.forPrefixes([])?.events, 0);
  });

  it('counts a prefix that comes later from then on, and leaves the others as they were', () => {
    const sent = new SentBytes(false);
    sent.watch('');
    const topic = Buffer.from('a.b');
    sent.add(topic, 10);
    sent.watch('a.');
    sent.add(topic, 10);
    assert.equal(sent.forPrefixes([''])?.events, 2);
    assert.equal(sent.forPrefixes(['a.'])?.events, 1);
    assert.equal(sent.forPrefixes(['a.', ''])?.events, 2);
  });

  it('watches a bounded number of prefixes', () => {
    const sent = new SentBytes(false);
    const watched = Array.from({ length: 1000 }, (_, i) => sent.watch(`topic.${i}`));
    assert.equal(watched.filter((isWatched) => isWatched).length, 256);
    assert.equal(sent.watch('topic.0'), true);
  });

  it('says which sets of prefixes were sent the same', () => {
    const sent = new SentBytes(false);
    for (const prefix of ['a', 'a.b', 'c']) sent.watch(prefix);
    for (const topic of ['a.x', 'a.b']) sent.add(Buffer.from(topic), 10);
    assert.equal(sent.coverage(['a']), sent.coverage(['a', 'a.b', 'c']));
    assert.notEqual(sent.coverage(['a']), sent.coverage(['a.b']));
  });

  it('compares prefixes byte by byte', () => {
    const sent = new SentBytes(false);
    const topic = Buffer.from('größe.x');
    sent.watch(topic.subarray(0, 4).toString('latin1'));
    sent.add(topic, 10);
    assert.equal(sent.forPrefixes([topic.subarray(0, 4).toString('latin1')])?.events, 1);
  });
});

function subsets(items: readonly string[]): string[][] {
  let all: string[][] = [[]];
  for (const item of items) all = all.concat(all.map((some) => some.concat(item)));
  return all;
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}
