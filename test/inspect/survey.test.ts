import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Batch, BatchBuilder, NO_SLOT } from '../../src/batch/batch.js';
import { highWaterMarkFor } from '../../src/inspect/survey/high-water-mark.js';
import { Silences } from '../../src/inspect/survey/silences.js';
import { Survey, type SurveyOptions } from '../../src/inspect/survey/survey.js';
import { WindowPeak } from '../../src/inspect/survey/window-peak.js';

interface Event {
  readonly topic: string;
  readonly dueS: number;
  readonly payload: string;
}

const START_S = 1_521_854_100;
const OPTIONS: SurveyOptions = { timezone: 'America/Chicago', gapS: 60, speedup: 1 };

/** Times in eighths of a second, which are exact: often equal, sometimes far apart, sometimes missing. */
const dueS = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 80 }).map((eighths) => START_S + eighths / 8) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 400_000 }).map((seconds) => START_S + seconds) },
  { weight: 1, arbitrary: fc.constant(Number.NaN) },
);
const payload = fc.dictionary(
  fc.constantFrom('a', 'b', 'c'),
  fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.constant('x')),
  { noNullPrototype: true },
);
const event: fc.Arbitrary<Event> = fc.record({
  topic: fc.constantFrom('x', 'tracker.drive', 'звезда'),
  dueS,
  payload: payload.map((values) => JSON.stringify(values)),
});
const events = fc.array(event, { maxLength: 60 });

function batchOf(list: readonly Event[], skipped = 0): Batch {
  const builder = new BatchBuilder();
  const topics = [...new Set(list.map(({ topic }) => topic))];
  for (const { topic, dueS: due, payload: text } of list) {
    builder.reserve(text.length);
    builder.bytes.set(Buffer.from(text), builder.length);
    builder.add(builder.length + text.length, topics.indexOf(topic), due, due, NO_SLOT, NO_SLOT);
  }
  builder.skipped = skipped;
  return new Batch(builder.pack({ topics, oddities: [], format: 'json' }));
}

/** All events of a batch. */
function whole(batch: Batch) {
  return { batch, first: 0, end: batch.count };
}

/** Looks at events in batches of seven. */
function surveyOf(list: readonly Event[], options: Partial<SurveyOptions> = {}) {
  const survey = new Survey({ ...OPTIONS, ...options });
  const file = survey.beginFile();
  for (let at = 0; at < list.length; at += 7) survey.add(whole(batchOf(list.slice(at, at + 7))), file);
  return survey.facts();
}

const isTimed = (each: Event) => !Number.isNaN(each.dueS);
const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
const sizeOf = ({ topic, payload: text }: Event) => Buffer.byteLength(topic) + text.length;

/** When each event is sent, in recorded time: when it is due, but not before those ahead of it. */
function sendTimes(list: readonly Event[]): number[] {
  const times: number[] = [];
  for (const each of list)
    times.push(Math.max(times.at(-1) ?? -Infinity, isTimed(each) ? each.dueS : -Infinity));
  const first = times.find((time) => time > -Infinity) ?? Number.NaN;
  return times.map((time) => (time === -Infinity ? first : time));
}

/** The most of a quantity in any window that ends with an event. */
function naivePeak(times: readonly number[], amounts: readonly number[], windowS: number): number {
  return Math.max(
    0,
    ...times.map((end, i) => sum(amounts.filter((_, j) => j <= i && !(end - times[j] >= windowS)))),
  );
}

describe('WindowPeak', () => {
  const moments = fc.array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 1, max: 9 })), {
    maxLength: 80,
  });

  it('is the most of any window, as counting all of them finds it', () => {
    fc.assert(
      fc.property(moments, fc.integer({ min: 1, max: 30 }), (steps, windowS) => {
        const peak = new WindowPeak(windowS);
        let timeS = START_S;
        const times = steps.map(([step, sizeBytes]) => {
          timeS += step;
          peak.add(timeS, 1, sizeBytes);
          return timeS;
        });
        const { events: most, bytes, eventsAtS, isExact } = peak.peak;
        assert(isExact);
        assert.equal(
          most,
          naivePeak(
            times,
            times.map(() => 1),
            windowS,
          ),
        );
        assert.equal(
          bytes,
          naivePeak(
            times,
            steps.map(([, size]) => size),
            windowS,
          ),
        );
        const within = times.filter((time) => time >= eventsAtS && time - eventsAtS < windowS);
        assert.equal(within.length, most);
      }),
    );
  });

  it('tells no less than the peak where it may keep few moments', () => {
    fc.assert(
      fc.property(moments, (steps) => {
        const [exact, coarse] = [new WindowPeak(40), new WindowPeak(40, 4)];
        let timeS = START_S;
        for (const [step, sizeBytes] of steps) {
          timeS += step;
          for (const peak of [exact, coarse]) peak.add(timeS, 1, sizeBytes);
        }
        assert(coarse.peak.events >= exact.peak.events);
        assert(coarse.peak.bytes >= exact.peak.bytes);
        if (coarse.peak.isExact) assert.deepEqual(coarse.peak, exact.peak);
      }),
    );
  });

  it('keeps more moments than it has room for at first', () => {
    const peak = new WindowPeak(1e6);
    for (let i = 0; i < 5000; i++) peak.add(i, 1, 2);
    const { events: most, bytes, isExact } = peak.peak;
    assert.deepEqual({ most, bytes, isExact }, { most: 5000, bytes: 10_000, isExact: true });
  });
});

describe('Silences', () => {
  const times = fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 60 });

  function naive(list: readonly number[], limitS: number) {
    const sorted = [...list].sort((a, b) => a - b);
    return sorted
      .slice(1)
      .map((endS, i) => ({ startS: sorted[i], endS }))
      .filter(({ startS, endS }) => endS - startS > limitS)
      .sort((a, b) => b.endS - b.startS - (a.endS - a.startS) || a.startS - b.startS);
  }

  it('are those between neighbours in time, in whichever order the times come', () => {
    fc.assert(
      fc.property(times, fc.integer({ min: 0, max: 30 }), (list, limitS) => {
        const silences = new Silences(limitS);
        for (const time of list) silences.add(time);
        const expected = naive(list, limitS);
        assert.deepEqual(silences.gaps(3), {
          longerThanS: limitS,
          count: expected.length,
          totalS: sum(expected.map(({ startS, endS }) => endS - startS)),
          longest: expected.slice(0, 3),
        });
      }),
    );
  });

  it('are the longest ones where there are too many to keep, and the limit says from where on', () => {
    fc.assert(
      fc.property(times, (list) => {
        const silences = new Silences(0, 8);
        for (const time of list) silences.add(time);
        const { longerThanS, count } = silences.gaps(0);
        assert(count < 8);
        assert.equal(count, naive(list, longerThanS).length);
      }),
    );
  });
});

describe('Survey', () => {
  it('counts events, bytes and times, in all and by topic', () => {
    fc.assert(
      fc.property(events, (list) => {
        const facts = surveyOf(list);
        const timesOf = (some: readonly Event[]) => some.filter(isTimed).map((each) => each.dueS);
        const ends = (some: readonly Event[]) => {
          const times = timesOf(some);
          return times.length === 0 ? [NaN, NaN] : [Math.min(...times), Math.max(...times)];
        };
        assert.equal(facts.events, list.length);
        assert.equal(facts.bytes, sum(list.map(sizeOf)));
        assert.deepEqual([facts.firstS, facts.lastS], ends(list));
        assert.deepEqual([facts.files[0].firstS, facts.files[0].lastS], ends(list));
        assert.deepEqual(
          facts.topics.map(({ topic }) => topic),
          [...new Set(list.map(({ topic }) => topic))],
        );
        for (const { topic, events: count, bytes, firstS, lastS } of facts.topics) {
          const own = list.filter((each) => each.topic === topic);
          assert.deepEqual([count, bytes], [own.length, sum(own.map(sizeOf))]);
          assert.deepEqual([firstS, lastS], ends(own));
        }
      }),
    );
  });

  it('finds the peaks of what is sent at a speed', () => {
    fc.assert(
      fc.property(events, fc.constantFrom(0.5, 1, 64), (list, speedup) => {
        const { peaks, highWaterMark } = surveyOf(list, { speedup });
        const times = sendTimes(list);
        assert(peaks !== undefined && highWaterMark !== undefined);
        for (const [peak, windowS] of [
          [peaks.in10ms, 0.01],
          [peaks.in1s, 1],
        ] as const) {
          assert.equal(peak.windowS, windowS);
          assert.equal(
            peak.events,
            naivePeak(
              times,
              list.map(() => 1),
              windowS * speedup,
            ),
          );
          assert.equal(peak.bytes, naivePeak(times, list.map(sizeOf), windowS * speedup));
        }
        assert(highWaterMark >= Math.max(1000, peaks.in1s.events));
      }),
    );
  });

  it('has neither peaks nor a high-water mark flat out', () => {
    const { peaks, highWaterMark } = surveyOf([{ topic: 'x', dueS: START_S, payload: '{}' }], {
      speedup: Number.POSITIVE_INFINITY,
    });
    assert.deepEqual({ peaks, highWaterMark }, { peaks: undefined, highWaterMark: undefined });
  });

  it('counts the events that are due before one that came earlier, and the largest step back', () => {
    fc.assert(
      fc.property(events, (list) => {
        const { disorder } = surveyOf(list);
        const times = list.filter(isTimed).map((each) => each.dueS);
        const steps = times.map((time, i) => Math.max(...times.slice(0, i + 1)) - time);
        assert.equal(disorder.events, steps.filter((step) => step > 0).length);
        assert.equal(disorder.largestStepS, Math.max(0, ...steps));
      }),
    );
  });

  it('tells files apart whose events come by turns, in parts of batches', () => {
    const survey = new Survey(OPTIONS);
    const files = [0, 1].map((file) => {
      const list = [0, 2, 4].map((i) => ({ topic: 'x', dueS: START_S + file + i, payload: '{}' }));
      return { batch: batchOf(list, file), file: survey.beginFile() };
    });
    for (let first = 0; first < 3; first++) {
      for (const { batch, file } of files) survey.add({ batch, first, end: first + 1 }, file);
    }
    const { events: count, disorder, filtered, files: spans } = survey.facts();
    assert.deepEqual([count, disorder.events, filtered], [6, 0, 1]);
    assert.deepEqual(spans, [
      { events: 3, filtered: 0, firstS: START_S, lastS: START_S + 4 },
      { events: 3, filtered: 1, firstS: START_S + 1, lastS: START_S + 5 },
    ]);
  });

  it('measures the longest gap and the rate of a topic without the time in which all are silent', () => {
    const at = (topic: string, seconds: number) => ({ topic, dueS: START_S + seconds, payload: '{}' });
    const day = 86_400;
    const list = [at('a', 0), at('b', 10), at('a', 20), at('b', 40), at('b', day), at('a', day + 15)];
    const { topics } = surveyOf(list);
    const [a, b] = topics;
    assert.deepEqual([a.largestGapS, a.largestGapAtS], [35, START_S + 20]);
    assert.deepEqual([b.largestGapS, b.largestGapAtS], [30, START_S + 10]);
    assert.equal(a.rateHz, 2 / 55);
    assert.equal(b.rateHz, 2 / 30);
  });

  it('tells the types of attributes, whether they are always there, and the range of numbers', () => {
    const list = ['{"n":1,"s":"x"}', '{"n":-2.5,"b":true}', '{"n":null,"b":false,"s":"y"}'].map(
      (text, i) => ({
        topic: 'x',
        dueS: START_S + i,
        payload: text,
      }),
    );
    const [{ sampledEvents, attributes }] = surveyOf(list).topics;
    assert.equal(sampledEvents, 3);
    assert.deepEqual(attributes, [
      { key: 'n', types: { number: 2, null: 1 }, isAlwaysThere: true, range: { least: -2.5, most: 1 } },
      { key: 's', types: { string: 2 }, isAlwaysThere: false, range: undefined },
      { key: 'b', types: { boolean: 2 }, isAlwaysThere: false, range: undefined },
    ]);
  });

  it('looks at a bounded number of events of each topic, late ones among them', () => {
    const list = Array.from({ length: 20_000 }, (_, i) => ({
      topic: 'x',
      dueS: START_S + i,
      payload: `{"i":${i}}`,
    }));
    const [{ sampledEvents, attributes }] = surveyOf(list).topics;
    assert(sampledEvents < 150, `${sampledEvents}`);
    assert((attributes[0].range?.most ?? 0) > 15_000);
  });

  it('counts what was passed over', () => {
    const survey = new Survey(OPTIONS);
    survey.add(whole(batchOf([], 5)), survey.beginFile());
    const { events: count, filtered, firstS } = survey.facts();
    assert.deepEqual({ count, filtered, firstS }, { count: 0, filtered: 5, firstS: Number.NaN });
  });
});

describe('the high-water mark', () => {
  it('is the peak, rounded up to two digits, and at least a thousand', () => {
    for (const [peak, mark] of [
      [0, 1000],
      [999, 1000],
      [1000, 1000],
      [1001, 1100],
      [23_879, 24_000],
      [24_000, 24_000],
    ])
      assert.equal(highWaterMarkFor(peak), mark);
  });
});
