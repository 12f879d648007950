import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LoadProgress } from '../../src/loadtest/load-progress.js';
import { LoadOnPage, type WatchedNow } from '../../src/loadtest/shown/load-on-page.js';
import type { StageResult } from '../../src/loadtest/stage-figures.js';

type SubscriberNow = LoadProgress['subscribers'][number];

const STAGES = [
  { fromPerS: 100, toPerS: 100, durationS: 10 },
  { fromPerS: 100, toPerS: 200, durationS: 10 },
];

function subscriber(name: string, given: Partial<SubscriberNow> = {}): SubscriberNow {
  return {
    ...{ name, kind: 'own', pid: null, received: 10, receivedPerS: 1 },
    ...{ lag: 0, lost: 0, p99Us: 1000, backedUpShare: 0, ...given },
  };
}

function progress(atS: number, subscribers: readonly SubscriberNow[]): LoadProgress {
  return {
    ...{ phase: 'load', atS, durationS: 20, stage: atS < 10 ? 1 : 2, stages: 2, unit: 'rate' },
    ...{ intended: 100, offeredPerS: 99, lateP99Us: 12, sent: 10, search: null, burst: null, subscribers },
  };
}

const stageResult = (stage: number): StageResult => ({
  ...{ from: 100, to: 100, durationS: 10, playedS: 5, intended: 500, offered: 490 + stage, bytes: 1 },
  ...{ lateP50Us: 1, lateP99Us: 2, lateMaxUs: 3 },
});

function shown(all: readonly WatchedNow[]): LoadOnPage {
  return new LoadOnPage({
    load: { unit: 'rate', stages: STAGES, search: undefined, conditions: [] },
    ...{ title: undefined, watch: () => ({ all }), onQuit: () => {} },
  });
}

describe('what the page shows of a load test', () => {
  it('is bounded: of a thousand subscribers the worst 200, and two latencies at a look', () => {
    let reads = 0;
    const watched: WatchedNow = {
      ...{ state: 'receiving', proof: 'count', agent: undefined, mostLag: 5 },
      latencyPercentiles: () => {
        reads += 1;
        return [1e6, 2e6];
      },
    };
    const page = shown(new Array<WatchedNow>(1000).fill(watched));
    const all = Array.from({ length: 1000 }, (_, i) => subscriber(`${i}`, { lost: i === 700 ? 3 : 0 }));
    page.note(
      progress(1, [{ ...(all[0] as SubscriberNow), kind: 'sentinel' }, ...all.slice(1)]),
      stageResult,
    );
    assert.equal(page.subscriberCount, 1000);
    assert.deepEqual(
      page.worst(3).map(({ name, lostText }) => [name, lostText]),
      [
        ['0', '0'],
        ['700', '3'],
        ['1', '0'],
      ],
    );
    assert.equal(page.worst(1000).length, 200);
    assert.equal(reads, 2);
    assert.deepEqual(
      page.worst(3).map(({ p50Us, p99Us }) => [p50Us, p99Us]),
      [
        [1000, 2000],
        [1000, 2000],
        [null, null],
      ],
    );
  });

  it('says what is not known, and what is known by what', () => {
    const of = (proof: WatchedNow['proof'], agent?: string): WatchedNow => ({
      ...{ state: 'receiving', proof, agent, mostLag: null, latencyPercentiles: () => undefined },
    });
    const page = shown([of('check-in', 'a1'), of('check-in'), of('unknown'), of('unknown'), of('endpoint')]);
    const unknown = { received: null, lost: null };
    page.note(
      progress(1, [
        ...[subscriber('a1-1'), subscriber('logger'), subscriber('gui 1', unknown)],
        ...[subscriber('gui 2', { ...unknown, lag: null }), subscriber('alarm')],
      ]),
      stageResult,
    );
    const rows = page.worst(5);
    assert.deepEqual(
      rows.map(({ knownBy }) => knownBy),
      ['agent a1', 'checks in', 'connection', 'nothing yet', 'endpoint'],
    );
    assert.deepEqual([rows[3]?.received, rows[3]?.lag, rows[3]?.lostText], [null, null, 'unknown']);
  });

  it('changes its course only where something is new, and keeps the greatest of each second', () => {
    const page = shown([]);
    assert.equal(page.now.phase, 'waiting');
    assert.equal(page.takePoint(), null);
    page.note(progress(8, [subscriber('gui', { lag: 7, lost: 1 })]), stageResult);
    const { course } = page;
    assert.deepEqual(
      course.stages.map(({ text, offered }) => [text, offered]),
      [
        ['100/s', 490],
        ['100/s to 200/s', 0],
      ],
    );
    page.note(progress(8.25, [subscriber('gui', { lag: 2, lost: 2 })]), stageResult);
    assert.equal(page.course, course);
    const { mostLag, lost } = page.takePoint() ?? {};
    assert.deepEqual([mostLag, lost], [7, 2]);
    page.note(progress(10, [subscriber('gui')]), stageResult);
    assert.deepEqual(
      page.course.stages.map(({ offered }) => offered),
      [490, 491],
    );
    page.notice('An agent is late');
    assert.deepEqual(page.course.notices, ['An agent is late']);
  });
});
