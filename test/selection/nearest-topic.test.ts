import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestTopic } from '../../src/selection/nearest-topic.js';
import { topicFilter } from '../../src/selection/topic-filter.js';
import { unmatchedTopics } from '../../src/selection/unmatched-topics.js';

const KNOWN = ['tracker.drive.position', 'tracker.drive.rate', 'lrs2.hardware.status', 'dome.shutter.state'];

for (const [asked, meant] of [
  ['tracker', 'tracker.*'],
  ['tracker.', 'tracker.*'],
  ['tracker.drive', 'tracker.drive.*'],
  ['tracker.%', 'tracker.*'],
  ['trakcer.*', 'tracker.*'],
  ['trakcer.drive.*', 'tracker.drive.*'],
  ['Tracker.drive.position', 'tracker.drive.position'],
  ['lrs2.hardware.statsu', 'lrs2.hardware.status'],
  ['shutter', '*shutter*'],
  ['something.else.entirely', undefined],
  ['', undefined],
] as const) {
  test(`takes "${asked}" for ${meant ?? 'nothing that there is'}`, () => {
    assert.equal(nearestTopic(asked, KNOWN), meant);
  });
}

const nameOf = (option: string) => `--${option}`;

test('tells each topic that no event has, wanted or left out, and no other', () => {
  const filter = topicFilter({
    topics: ['tracker.*', 'trakcer.*', 'zzz'],
    exclude: ['dome', 'lrs2.hardware.status'],
    regex: '^pfip',
  });
  assert.deepEqual(unmatchedTopics(filter, { topics: KNOWN, events: 7, isComplete: true }, nameOf), [
    '--topics zzz: no event has such a topic',
    "--topics trakcer.*: no event has such a topic; did you mean 'tracker.*'?",
    '--topicsRegex ^pfip: no event has such a topic',
    "--exclude dome: no event has such a topic; did you mean 'dome.*'?",
  ]);
  // Rare topics may be among the events that were not looked at.
  assert.deepEqual(unmatchedTopics(filter, { topics: KNOWN, events: 4096, isComplete: false }, nameOf), [
    "--topics trakcer.*: none of the 4,096 events looked at has such a topic; did you mean 'tracker.*'?",
    "--exclude dome: none of the 4,096 events looked at has such a topic; did you mean 'dome.*'?",
  ]);
  assert.deepEqual(unmatchedTopics(filter, { topics: [], events: 0, isComplete: true }, nameOf), []);
  assert.deepEqual(unmatchedTopics(undefined, { topics: KNOWN, events: 7, isComplete: true }, nameOf), []);
});
