import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { jsonTime } from '../../src/encode/time-slot.js';
import type { FaultEntry } from '../../src/loadtest/faults/fault-log.js';
import { FaultSink, type FaultyMessage } from '../../src/loadtest/faults/fault-sink.js';
import { parseFaults } from '../../src/loadtest/faults/fault-spec.js';

const START_US = 1_521_854_100_000_000;
const PER_S = 100;
const LOAD_S = 10;
const EVENTS = LOAD_S * PER_S;
const TOPIC = Buffer.from('tcs.a');

interface Played {
  readonly messages: readonly FaultyMessage[];
  readonly faults: readonly FaultEntry[];
  readonly counts: readonly number[];
  /** Messages that there was no room for at the end. */
  readonly left: number;
}

/** Sends the events of ten seconds. @param hasRoom whether there is room for a message at a try */
async function play(
  faults: readonly string[],
  seed = 1,
  hasRoom: () => boolean = () => true,
): Promise<Played> {
  const messages: FaultyMessage[] = [];
  const entries: FaultEntry[] = [];
  const at = { atS: 0, lastUs: 0 };
  const sink = new FaultSink({
    ...{ faults: parseFaults(faults, '--fault', LOAD_S), seed, numbers: at, atS: () => at.atS },
    send: async (message) => {
      if (!hasRoom()) return false;
      messages.push(message);
      return true;
    },
    restart: async () => {
      for (let i = 0; i < 10; i++) await turn();
      return true;
    },
    onFault: (entry) => entries.push(entry),
  });
  for (let i = 0; i < EVENTS; i++) {
    at.atS = i / PER_S;
    // As a replay does where there was no room: the same event with a later time.
    do at.lastUs = Math.max(START_US + 1e6 * at.atS, at.lastUs + 1);
    while (!(await sink.send([TOPIC, eventOf(i + 1, at.lastUs)])));
    if (i % 20 === 0) await turn();
  }
  const left = await sink.end();
  return { messages, faults: entries, counts: sink.counts, left };
}

function eventOf(number: number, wireUs: number): Buffer {
  return Buffer.from(`{"__wire_time":${jsonTime(wireUs)},"number":${number},"text":"n${number}"}`);
}

const numbers = ({ messages }: Pick<Played, 'messages'>) => messages.map(({ number }) => number);
const all = Array.from({ length: EVENTS }, (_, i) => i + 1);
const numbersOf = ({ faults }: Played) => faults.map(({ number }) => number);
const OF_EVENTS = [
  'drop:2%',
  'duplicate:5',
  'reorder:3%',
  'delay:4,by=200ms',
  'truncate:1%',
  'nan:3@2s..4s',
  'non-utf8:1%',
];

describe('the sink of faults', () => {
  it('drops, doubles, swaps and delays what it says', async () => {
    const dropped = await play(['drop:2%']);
    assert.deepEqual(
      numbers(dropped),
      all.filter((number) => !numbersOf(dropped).includes(number)),
    );
    assert(dropped.counts[0] > 0 && dropped.counts[0] === dropped.faults.length);

    const doubled = await play(['duplicate:5']);
    assert.deepEqual(
      numbers(doubled),
      all.flatMap((number) => (numbersOf(doubled).includes(number) ? [number, number] : [number])),
    );
    assert.deepEqual(doubled.counts, [5]);
    assert.equal(doubled.messages.filter(({ isCopy }) => isCopy).length, 5);

    const swapped = await play(['reorder:3@1s..9s']);
    const expected = [...all];
    for (const number of numbersOf(swapped)) [expected[number - 1], expected[number]] = [number + 1, number];
    assert.deepEqual(numbers(swapped), expected);

    const delayed = await play(['delay:3,by=200ms@1s..9s']);
    const late = numbersOf(delayed);
    const order = numbers(delayed);
    assert.deepEqual(
      order.filter((number) => !late.includes(number)),
      all.filter((number) => !late.includes(number)),
    );
    assert.equal(order.length, EVENTS);
    for (const number of late) {
      const after = order.slice(order.indexOf(number)).find((each) => !late.includes(each)) ?? EVENTS;
      // Seconds are not exact: it may be the event after that.
      assert([number + PER_S / 5, number + PER_S / 5 + 1].includes(after), `${number} before ${after}`);
    }
  });

  it('hits the same events with the same seed, whatever there is room for, and others with another one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.infiniteStream(fc.boolean()), async (seed, room) => {
        const once = await play(OF_EVENTS, seed);
        const again = await play(OF_EVENTS, seed, () => room.next().value === true);
        const told = ({ faults }: Played) => faults.map(({ wireTime, ...fault }) => fault);
        assert.deepEqual(told(again), told(once));
        assert.deepEqual(again.counts, once.counts);
        const sorted = (played: Played) => numbers(played).sort((a, b) => a - b);
        assert.deepEqual(sorted(again), sorted(once));
        assert.notDeepEqual(told(await play(OF_EVENTS, seed + 1)), told(once));
      }),
      { numRuns: 5 },
    );
  });

  it('leaves the other faults as they are where one more is asked for', async () => {
    const [few, more] = [await play(['nan:1%', 'drop:1%']), await play(['nan:1%', 'drop:1%', 'truncate:1%'])];
    const isOld = ({ kind }: FaultEntry) => kind !== 'truncate';
    assert.deepEqual(more.faults.filter(isOld), few.faults);
  });

  it('gives an event one fault, the first that hits it', async () => {
    const { counts, messages } = await play(['drop:100%@0..1s', 'duplicate:100%@0..2s']);
    assert.deepEqual(counts, [PER_S, PER_S]);
    assert.equal(messages.length, EVENTS);
  });

  it('steps the clock for a time, and tells it once', async () => {
    const { messages, faults, counts } = await play(['clock-step:+1h@2s..3s', 'clock-step:-2s@9s']);
    const laterUs = messages.map(({ wireUs }, i) => wireUs - START_US - (1e6 * i) / PER_S);
    const [forward, back] = [laterUs[2 * PER_S], laterUs[9 * PER_S]];
    assert(forward > 3.6e9 && forward < 3.6e9 + 1000 && back > -2e6 && back < -2e6 + 1000);
    for (const [i, by] of laterUs.entries())
      assert.equal(by, i >= 9 * PER_S ? back : i >= 2 * PER_S && i < 3 * PER_S ? forward : 0, `${i}`);
    assert.deepEqual(
      faults.map(({ number, last, kind }) => [number, last, kind]),
      [
        [2 * PER_S + 1, 3 * PER_S, 'clock-step'],
        [9 * PER_S + 1, EVENTS, 'clock-step'],
      ],
    );
    assert.deepEqual(counts, [PER_S, PER_S]);
  });

  it('sends nothing while the publisher is away, and the rest once it is back', async () => {
    const played = await play(['restart@5s', 'reorder:100%@4.9s..6s']);
    const [away] = played.faults.filter(({ kind }) => kind === 'restart');
    assert.equal(away.number, 5 * PER_S + 1);
    const last = away.last ?? 0;
    assert.equal(played.counts[0], last - away.number + 1);
    assert.deepEqual(
      numbers(played).sort((a, b) => a - b),
      all.filter((number) => number < away.number || number > last),
    );
  });

  it('sends what it holds when the load ends', async () => {
    const held = await play(['delay:100%,by=1m@9s', 'reorder:1%']);
    assert.deepEqual(
      numbers(held).sort((a, b) => a - b),
      all,
    );
  });

  it('says how many it could not send when there is no room at the end', async () => {
    let room = 9 * PER_S;
    const held = await play(['delay:100%,by=1m@9s'], 1, () => room-- > 0);
    assert.equal(held.left, PER_S);
    assert.equal(held.messages.length, 9 * PER_S);
  });
});
