import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { expectedFrames } from '../../bench/expected-frames.js';
import { seededNight } from '../../bench/night.js';
import { peerProgram } from '../../bench/peer-program.js';
import { recordScenario } from '../../bench/record/scenario.js';
import { recordOnce } from '../../bench/record/trial.js';
import { ownBenchCache } from '../support/bench-cache.js';

ownBenchCache('record');

describe('the benchmark of a recorder', () => {
  it('sends a night again and again to a recorder, which writes all, and gives each figure', async (context) => {
    const publisher = peerProgram('publisher');
    if ('reason' in publisher) {
      context.skip(publisher.reason);
      return;
    }
    const night = await seededNight({
      ...{ events: 2000, attributes: 16, signal: new AbortController().signal, onMake: () => {} },
    });
    const measured = await recordOnce({
      ...{ publisher: publisher.command, framesPath: expectedFrames(night, 'compact') },
      ...{ ratePerS: 2000, durationS: 2.5 },
    });
    // A busy machine may hold up the publisher.
    assert.deepEqual(
      measured.reasons.filter((reason) => !/^sent \d+ events\/s$/.test(reason)),
      [],
    );
    assert.deepEqual(measured.counts, {
      ...{ expected: 5000, received: 5000, lost: 0, outOfOrder: 0, isContentRight: null },
    });
    const { figures } = measured;
    assert.deepEqual(Object.keys(figures).sort(), recordScenario.figures.map(({ name }) => name).sort());
    for (const [name, value] of Object.entries(figures)) assert.ok(Number.isFinite(value), name);
    assert.ok(figures.cpuUsPerEvent! >= figures.writerCpuUsPerEvent!);
  });
});
