import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FaultySentLog } from '../../src/loadtest/faults/faulty-sent-log.js';
import { ReceptionTrack } from '../../src/loadtest/reception-track.js';
import { SentLog } from '../../src/loadtest/sent-log.js';

const TOPICS = ['tcs.a', 'tcs.b', 'lrs2.c'].map((topic) => Buffer.from(topic));

/** A log of events at ascending wire times, the topics in turn. */
function logOf(events: number, remembered = 1024): { log: SentLog; wireUsOf: (i: number) => number } {
  const log = new SentLog(remembered);
  const wireUsOf = (i: number) => 1e15 + 100 * i;
  for (let i = 0; i < events; i++) log.add(wireUsOf(i), TOPICS[i % TOPICS.length]);
  return { log, wireUsOf };
}

describe('the log of what was sent', () => {
  it('finds how many events were sent up to a wire time', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: -100, max: 25_000 }),
        (events, later) => {
          const { log } = logOf(events);
          const upToUs = 1e15 + later;
          const expected = Math.max(0, Math.min(events, Math.floor(later / 100) + 1));
          assert.equal(log.countUpTo(upToUs), expected);
        },
      ),
    );
  });

  it('does not know what it no longer remembers', () => {
    const { log, wireUsOf } = logOf(100, 16);
    assert.equal(log.firstPlace, 84);
    assert.deepEqual(
      [10, 83, 84, 99].map((i) => log.countUpTo(wireUsOf(i))),
      [undefined, undefined, 85, 100],
    );
    assert.equal(log.topics[log.topicIdAt(99)], 'tcs.a');
  });
});

describe('the track of a subscriber', () => {
  it('counts what it lost, and what it is behind, as a plain comparison does', () => {
    const subscription = fc.constantFrom(undefined, (topic: string) => topic.startsWith('tcs.'));
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 300 }),
        subscription,
        fc.boolean(),
        (came, isWanted, isFromStart) => {
          const { log, wireUsOf } = logOf(came.length);
          const wanted = came.map((_, i) => isWanted?.(String(TOPICS[i % TOPICS.length])) ?? true);
          const got = came.flatMap((has, i) => (has && wanted[i] ? [i] : []));
          const [first, last] = [got[0], got.at(-1)];
          const from = isFromStart ? 0 : (first ?? came.length);
          const track = new ReceptionTrack(log, isWanted, isFromStart);
          const standing = track.update(
            {
              ...{ received: got.length, duplicated: 0, reordered: 0 },
              firstWireUs: first === undefined ? null : wireUsOf(first),
              lastWireUs: last === undefined ? null : wireUsOf(last),
            },
            Number.MAX_SAFE_INTEGER,
          );
          const sent = wanted.filter((is, i) => is && i >= from).length;
          const upToLast = wanted.filter((is, i) => is && i >= from && i <= (last ?? -1)).length;
          assert.deepEqual(
            [standing.wanted, standing.received, standing.lost, standing.lag],
            [sent, got.length, upToLast - got.length, sent - upToLast],
          );
        },
      ),
    );
  });

  it('does not count what was sent after it has left', () => {
    const { log, wireUsOf } = logOf(10);
    const track = new ReceptionTrack(log, undefined, true);
    const reception = {
      ...{ received: 8, duplicated: 1, reordered: 0 },
      ...{ firstWireUs: wireUsOf(0), lastWireUs: wireUsOf(8) },
    };
    assert.equal(track.update(reception, wireUsOf(9)).lag, 1);
    for (let i = 10; i < 20; i++) log.add(wireUsOf(i), TOPICS[0]);
    track.leave();
    const { wanted, lost, lag } = track.update(reception, wireUsOf(20));
    assert.deepEqual([wanted, lost, lag], [9, 2, 0]);
  });

  it('says so where it is behind by more than is remembered', () => {
    const { log, wireUsOf } = logOf(100, 16);
    const track = new ReceptionTrack(log, undefined, true);
    const reception = {
      received: 3,
      duplicated: 0,
      reordered: 0,
      firstWireUs: wireUsOf(0),
      lastWireUs: wireUsOf(2),
    };
    assert.equal(track.update(reception, wireUsOf(100)).isExact, false);
  });
});

describe('the track of a subscriber, with faults', () => {
  /** Messages in the order of sending: delays put some after later ones, and some have no wire time that can be read. */
  const MESSAGES = fc.array(
    fc.record({
      behind: fc.oneof(fc.constant(0), fc.nat({ max: 8 })),
      isReadable: fc.boolean(),
      hasCome: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.boolean()),
    }),
    { maxLength: 100 },
  );

  it('blames nobody for what came late, and misses nothing that is lost', () => {
    fc.assert(
      fc.property(MESSAGES, fc.nat(), (messages, cut) => {
        const log = new FaultySentLog(128);
        const sent = messages.map(({ behind, isReadable, hasCome }, i) => ({
          // Odd, so that no two are the same.
          wireUs: isReadable || behind > 4 ? 1e15 + 1000 * (i - behind) + i : Number.NaN,
          hasCome,
        }));
        for (const [i, { wireUs }] of sent.entries()) log.add(wireUs, TOPICS[i % TOPICS.length]);
        const track = new ReceptionTrack(log, undefined, true);
        for (const upTo of [cut % (sent.length + 1), sent.length]) {
          const come = sent.slice(0, upTo).filter(({ hasCome }) => hasCome);
          const wires = come.map(({ wireUs }) => wireUs).filter((wireUs) => !Number.isNaN(wireUs));
          const reception = {
            ...{ received: come.length, duplicated: 0, reordered: 0 },
            firstWireUs: wires[0] ?? null,
            lastWireUs: wires.length === 0 ? null : Math.max(...wires),
          };
          const { lost, lag, wanted } = track.update(reception, Number.POSITIVE_INFINITY);
          assert.equal(wanted, sent.length);
          // Events sent before the last one that has come, and which have not come.
          const lastAt = sent.slice(0, upTo).findLastIndex(({ hasCome }) => hasCome);
          const truly = sent.slice(0, Math.max(0, lastAt)).filter(({ hasCome }) => !hasCome).length;
          assert(lost <= truly, `${lost} of ${truly}`);
          assert.equal(lost + lag, sent.length - come.length);
        }
      }),
    );
  });

  it('begins with the first event that came, also if that was late', () => {
    const log = new FaultySentLog(128);
    const wireUs = [100, 200, 300, 50, 400].map((us) => 1e15 + us);
    for (const each of wireUs) log.add(each, TOPICS[0]);
    const track = new ReceptionTrack(log, undefined, false);
    const reception = {
      received: 2,
      duplicated: 0,
      reordered: 0,
      firstWireUs: wireUs[3],
      lastWireUs: wireUs[4],
    };
    const { wanted, lost, lag } = track.update(reception, Number.POSITIVE_INFINITY);
    assert.deepEqual([wanted, lost, lag], [2, 0, 0]);
  });
});
