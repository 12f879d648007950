import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Histogram, HistogramLogReader, listTags } from 'hdr-histogram-js';
import { histogramLog } from '../../bench/histogram-log.js';
import { histogramData } from '../../bench/percentiles.js';
import type { BenchResult } from '../../bench/result.js';
import { latenessHistogram } from '../../src/measure/histogram.js';
import { benchResult, EVENTS_PER_S } from '../support/bench-document.js';

function histogramOf(values: readonly number[]): Histogram {
  const histogram = latenessHistogram();
  for (const value of values) histogram.recordValue(value);
  return histogram;
}

const lateness = histogramOf(Array.from({ length: 1000 }, (_, i) => 1000 + i * i));
const delivery = histogramOf([0, 5_000_000, 3.6e12]);

function sample(): BenchResult {
  const histograms = { lateness: histogramData(lateness), delivery: histogramData(delivery) };
  const round = { eventsPerS: 1 };
  return benchResult(
    [
      {
        ...{ name: 'pacing', figures: [EVENTS_PER_S] },
        cases: [
          { id: 'ours', histograms, rounds: [round, 'it was late'] },
          {
            id: '16 attributes, index',
            histograms: { lateness: histograms.lateness },
            rounds: [round, round],
          },
        ],
      },
    ],
    { durationS: 20 },
  );
}

describe('the histogram log', () => {
  const log = histogramLog(sample());

  it('has a tag for each histogram of the trials that count', () => {
    assert.deepEqual(listTags(log), [
      ...['pacing/ours/lateness/1', 'pacing/ours/delivery/1'],
      ...['pacing/16-attributes-index/lateness/1', 'pacing/16-attributes-index/lateness/2'],
    ]);
  });

  it('is read back by the library with the same counts, percentiles and times', () => {
    const reader = new HistogramLogReader(log);
    const startMs = Date.parse(sample().environment.date);
    const expected: [Histogram, number, number][] = [
      [lateness, 0, 1],
      [delivery, 0, 1],
      [lateness, 1, 2],
      [lateness, 3, 20],
    ];
    for (const [histogram, fromS, toS] of expected) {
      const read = reader.nextIntervalHistogram();
      assert.ok(read !== null);
      assert.equal(read.totalCount, histogram.totalCount);
      for (const percent of [0, 50, 90, 99, 99.9, 100])
        assert.equal(read.getValueAtPercentile(percent), histogram.getValueAtPercentile(percent));
      assert.deepEqual(
        [read.startTimeStampMsec, read.endTimeStampMsec],
        [...[startMs + 1000 * fromS, startMs + 1000 * toS]],
      );
    }
    assert.equal(reader.nextIntervalHistogram(), null);
  });

  it('has the histograms as the result has them, with no line empty', () => {
    const kept = new Set([lateness, delivery].map((each) => histogramData(each).encoded));
    const lines = log.split('\n').slice(0, -1);
    assert.ok(lines.every((line) => line !== ''));
    const data = lines.filter((line) => line.startsWith('Tag='));
    assert.equal(data.length, 4);
    for (const line of data) assert.ok(kept.has(line.split(',').at(-1)!), line);
    assert.equal(lines[1], '#[Histogram log format version 1.3]');
  });
});
