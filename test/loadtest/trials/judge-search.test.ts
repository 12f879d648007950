import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseLoadConditions } from '../../../src/loadtest/load-condition.js';
import type { SearchResult } from '../../../src/loadtest/search/search-result.js';
import { searchRuns } from '../../../src/loadtest/search/search-runs.js';
import { judgeSearch } from '../../../src/loadtest/trials/judge-search.js';

const END = { endedBy: 'end', sent: 1000, filtered: 0 } as const;

function found(verdict: SearchResult['verdict'], lower: number | null, reasons: string[] = []): SearchResult {
  return {
    ...{ unit: 'rate', verdict, endedBy: 'width', lower, upper: null, heldS: 30, gaveWay: null },
    ...{ limitedBy: null, reasons, loads: [], trials: [], tookS: 100 },
  };
}

function judged(
  result: SearchResult,
  conditions: string[] = [],
  end: Parameters<typeof judgeSearch>[2] = END,
) {
  const report = { highest: searchRuns([result]), burst: null, sweep: null, recoveryS: null };
  return judgeSearch(report, parseLoadConditions(conditions, '--fail-if'), end);
}

describe('the verdict of a search', () => {
  it('is a pass where it has found the highest load, and that is high enough', () => {
    assert.equal(judged(found('found', 9600)).verdict, 'pass');
    const { verdict, conditions } = judged(found('found', 9600), ['max-rate<5k', 'p99>20ms']);
    assert.equal(verdict, 'pass');
    assert.deepEqual(
      conditions.map(({ condition, found: figure, outcome }) => [condition, figure, outcome]),
      [['max-rate<5k', 9600, 'kept']],
    );
  });

  it('is a failure where the load found is too low', () => {
    const { verdict, reasons } = judged(found('found', 960), ['max-rate<5k']);
    assert.deepEqual([verdict, reasons], ['fail', ['max-rate<5k: it was 960']]);
  });

  it('is inconclusive where the instrument was the limit, unless the load is known to be high enough', () => {
    const limit = found('at-least', 9600, ['At 20,000/s the instrument was the limit']);
    assert.deepEqual(
      [judged(limit).verdict, judged(limit).reasons],
      ['inconclusive', ['At 20,000/s the instrument was the limit']],
    );
    assert.equal(judged(limit, ['max-rate<5k']).verdict, 'pass');
    const { verdict, reasons } = judged(limit, ['max-rate<10k']);
    assert.equal(verdict, 'inconclusive');
    assert.equal(reasons[1], 'max-rate<10k: higher loads could not be tried');
  });

  it('is inconclusive where nothing was found, nothing was sent, or it was stopped', () => {
    const open = judged(found('inconclusive', 500, ['Trials disagree']), ['max-rate<5k']);
    assert.deepEqual([open.verdict, open.conditions[0].outcome], ['inconclusive', 'unknown']);
    const empty = judged(found('found', 500), [], { ...END, sent: 0 });
    assert.match(empty.reasons[0], /^Nothing to play/);
    const stopped = judged(found('found', 500), [], { ...END, endedBy: 'signal' });
    assert.deepEqual([stopped.verdict, stopped.instrument.isValid], ['inconclusive', false]);
  });
});
