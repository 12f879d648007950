import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Recoveries } from '../../src/loadtest/recoveries.js';
import { parseStages } from '../../src/loadtest/stage-spec.js';
import { StagePlan } from '../../src/pacing/stage-plan.js';

const LOOK_S = 0.25;
const DRAIN_S = 60;

/**
 * What is found of a subscriber that takes so many events a second, and is always behind by some, each of four looks a second.
 *
 * @param endS when the last look is. Default: a minute after the load
 */
function found(
  stages: readonly string[],
  mostPerS: number,
  alwaysBehind = 0,
  endS = Number.POSITIVE_INFINITY,
) {
  const plan = new StagePlan(parseStages(stages, 'stages').stages);
  const recoveries = new Recoveries(plan);
  let lag = 0;
  for (let atS = LOOK_S; atS <= Math.min(endS, plan.durationS + DRAIN_S); atS += LOOK_S) {
    const sent =
      plan.amountAt(Math.min(atS, plan.durationS)) - plan.amountAt(Math.min(atS - LOOK_S, plan.durationS));
    lag = Math.max(0, lag + sent - mostPerS * LOOK_S);
    const behind = lag + (sent > 0 ? alwaysBehind : 0);
    recoveries.note(Math.round(behind), { atS, stage: plan.stageAt(atS) + 1, offeredPerS: sent / LOOK_S });
  }
  return recoveries.found;
}

describe('the recovery of a subscriber', () => {
  it('goes from the end of an overload until its lag is what is under way, to a look', () => {
    // 36,000 events are left over by 20k, and 1k less each second: 100 are under way.
    const [{ stage, tookS }, ...others] = found(['1k:5s', '20k:2s', '1k:60s'], 2000);
    assert.deepEqual([stage, others], [2, []]);
    assert(tookS !== null && Math.abs(tookS - 35.9) <= LOOK_S, `${tookS}`);
  });

  it('is none where it kept up', () => {
    assert.deepEqual(found(['1k:5s', '20k:2s', '1k:5s'], 30_000), [{ stage: 2, tookS: 0 }]);
  });

  it('ends at the lag that it had before, where it is always behind', () => {
    const [{ tookS }] = found(['1k:5s', '20k:2s', '1k:60s'], 2000, 1500);
    assert(tookS !== null && Math.abs(tookS - 36) <= LOOK_S, `${tookS}`);
    // After the overload with which the load begins, nothing tells what is usual.
    assert.deepEqual(found(['20k:2s', '1k:60s'], 2000, 1500)[0].tookS, 60.25);
  });

  it('is measured where the load falls only, and goes on in a later overload', () => {
    assert.deepEqual(found(['1k:2s', '1k..5k:2s', '5k:2s'], 2000), []);
    const [first, second] = found(['1k:2s', '5k:2s', '1k:2s', '5k:2s', '1k:60s'], 2000);
    assert.deepEqual([first.stage, second.stage], [2, 4]);
    assert.equal((first.tookS ?? 0) - (second.tookS ?? 0), 4);
  });

  it('is open where it has not caught up, and not known where its lag is not', () => {
    assert.deepEqual(found(['1k:5s', '20k:2s', '1k:60s'], 2000, 0, 20), [{ stage: 2, tookS: null }]);
    const plan = new StagePlan(parseStages(['5k:1s', '1k:1s'], 'stages').stages);
    const recoveries = new Recoveries(plan);
    for (const stage of [1, 2]) recoveries.note(null, { atS: stage, stage, offeredPerS: 1000 });
    assert.deepEqual(recoveries.found, []);
  });
});
