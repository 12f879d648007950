import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SEARCH_LINES, searchLines } from '../../src/cli/live/search-lines.js';
import { searchText } from '../../src/cli/reports/search-text.js';
import type { SearchProgress } from '../../src/loadtest/search/search-result.js';
import { searchRuns } from '../../src/loadtest/search/search-runs.js';
import {
  foundBurst,
  foundReport,
  foundSearch,
  inconclusiveSearch,
  limitedSearch,
  madeSweep,
  searchReport,
} from '../support/search-samples.js';

/** Without the ends of lines, and what aligns columns. */
const flat = (text: string) => text.replaceAll(/\s+/g, ' ');

describe('the text of a search', () => {
  it('begins with the figure, how it was held, and what gave way', () => {
    const lines = flat(searchText(foundReport()));
    assert.match(
      lines,
      /^Max sustainable: 9,600\/s \(held 30s; 10,080\/s did not hold: gui lag \+2\.8%\/s in 5 of 5 trials\) gui is cpu-bound: its busiest thread ran 99% of the time 12 trials in 1m42s/,
    );
    assert.match(lines, /After 10s at 110% of that load, subscribers took 1\.30s to catch up$/);
  });

  it('has a row for each trial, and why it was not good', () => {
    const rows = searchText(foundReport())
      .split('\n')
      .filter((line) => /\d\/s +(bounds|narrow|confirm|hold)/.test(line));
    assert.equal(rows.length, foundSearch().trials.length);
    assert.match(rows[0], /^ +5,000\/s +bounds +2\.00s +good +\+0\.0%\/s +0 /);
    assert.match(rows[2], /^ +10,500\/s +bounds +2\.00s +bad +\+6\.7%\/s .* gui: lag/);
    assert.ok(rows.some((row) => /9,600\/s +hold +30\.00s +good/.test(row)));
  });

  it('says "at least" where the instrument was the limit, and "not found" where nothing can be said', () => {
    const limited = flat(searchText(searchReport({ highest: searchRuns([limitedSearch()]) })));
    assert.match(
      limited,
      /^Max sustainable: at least 52,000\/s \(held 30s\) At 60,000\/s the instrument was the limit/,
    );
    const none = flat(searchText(searchReport({ highest: searchRuns([inconclusiveSearch()]) })));
    assert.match(none, /^Max sustainable: not found No load was found that holds 3 of 3 trials say nothing/);
    assert.match(none, /3\.21x bounds 2\.00s invalid/);
  });

  it('gives the median and the range of several searches', () => {
    const runs = [9600, 9400, 9900].map((lower) => ({ ...foundSearch(), lower }));
    const lines = flat(searchText(searchReport({ highest: searchRuns([...runs, inconclusiveSearch()]) })));
    assert.match(
      lines,
      /^1: Max sustainable: 9,600\/s .* 2: Max sustainable: 9,400\/s .* 4: Max sustainable: not found/,
    );
    assert.match(lines, /Median of 4 searches: 9,600\/s \(9,400\/s to 9,900\/s, found in 3 of them\)$/);
  });

  it('tells of bursts and of sweeps', () => {
    const burst = flat(searchText(searchReport({ burst: foundBurst() })));
    assert.match(burst, /^Largest burst: 12,000 events \(12,600 were not borne: gui lost some\)/);
    assert.match(burst, /12,600 bad - lost by gui$/);
    const sweep = searchText(searchReport({ sweep: madeSweep() })).split('\n');
    assert.equal(sweep.length, 10);
    assert.match(sweep.at(-1) ?? '', /16,000\/s +sweep +2\.00s +bad/);
  });

  it('fits 80 columns, whatever names come from outside', () => {
    const evil = `${'a very long name '.repeat(12)}\u001b[2J`;
    const text = searchText({
      ...foundReport(evil),
      burst: { ...foundBurst(), lost: [evil] },
      sweep: madeSweep(),
    });
    for (const line of text.split('\n')) assert.ok(line.length <= 80, `${line.length}: ${line}`);
    assert.ok(!text.includes('\u001b'));
  });
});

describe('the view of a search', () => {
  const { trials } = foundSearch();
  const progress: SearchProgress = {
    ...{ unit: 'rate', phase: 'narrow', trial: { load: 10_080, measuredS: 2.4 }, number: 7 },
    ...{ lower: 9600, upper: 10_500, elapsedS: 31, leftS: 149, trials: trials.slice(0, 6) },
  };
  const shown = (given: Partial<SearchProgress>, columns = 80) =>
    searchLines({ ...progress, ...given }, columns).map((line) => line.map(({ text }) => text).join(''));

  it('says what is tried now, what holds and what does not, and what the latest trial was', () => {
    const lines = shown({});
    assert.match(
      lines[0],
      /^search {2}10,080\/s for 2\.40s {2}trial 7 {2}narrow {2}31s, 2m29s left at most$/,
    );
    assert.match(lines[1], /^9,600\/s holds {2}\[\++\.*\^\.*-\] {2}10,500\/s does not$/);
    assert.equal(lines[2], 'last    9,600/s good');
    assert.match(shown({ trials: trials.slice(0, 4) })[2], /^last {4}10,500\/s bad gui: lag \+6\.7%\/s$/);
  });

  it('begins with nothing known', () => {
    const lines = shown({ lower: null, upper: null, trials: [], number: 1, elapsedS: 0 });
    assert.match(lines[1], /^none holds yet {2}\[\^\.*\] {2}none has failed yet$/);
    assert.equal(lines[2], 'no trial has ended yet');
  });

  it('has the same number of lines at any width, and fits it', () => {
    for (let columns = 10; columns < 200; columns += 3) {
      const lines = shown({}, columns);
      assert.equal(lines.length, SEARCH_LINES);
      if (columns >= 40) for (const line of lines) assert.ok(line.length <= columns, `${columns}: ${line}`);
    }
  });
});
