import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type BenchResult, SCHEMA } from '../../bench/result.js';
import { SCENARIOS } from '../../bench/scenarios.js';
import { ownBenchCache, skipWithoutPeers } from '../support/bench-cache.js';
import { RunningProgram } from '../support/peer.js';

const BENCH = fileURLToPath(new URL('../../bench/main.js', import.meta.url));
/** Far fewer than a benchmark takes: its figures are not looked at. */
const EVENTS = 5000;
const TIMEOUT_MS = 600_000;
/** A trial that was late for the machine's sake says nothing about the benchmark; all else must not happen. */
const OF_A_BUSY_MACHINE = /\btook \d|\baimed at \d/;

/** The benchmark's cache is in here, and leaves with it. */
const folder = ownBenchCache('quick');

it('measures all scenarios quickly: nothing is lost, out of order or of other content', {
  skip: skipWithoutPeers(),
}, async () => {
  const args = ['--quick', '--runs', '1', '--events', String(EVENTS), '--seconds', '1', '--json', '-'];
  const program = new RunningProgram(process.execPath, [BENCH, ...args], {
    ...{ timeoutMs: TIMEOUT_MS, env: { TMPDIR: folder } },
  });
  const { stdout, stderr } = await program.outcome;
  const { schema, level, runs, scenarios } = JSON.parse(stdout) as BenchResult;
  assert.deepEqual([schema, level, runs], [SCHEMA, 'quick', 1], stderr);
  assert.deepEqual(
    scenarios.map(({ name }) => name),
    SCENARIOS.filter(({ isOnRequest }) => isOnRequest !== true).map(({ name }) => name),
  );
  for (const { name, cases, figures } of scenarios) {
    assert.ok(cases.length > 0, name);
    for (const { id, trials, summary } of cases) {
      const where = `${name}, ${id}`;
      assert.deepEqual([trials.length, summary.valid + summary.invalid], [1, 1], where);
      const [trial] = trials;
      const reasons = trial.state === 'valid' ? [] : trial.reasons;
      assert.deepEqual(
        reasons.filter((reason) => !OF_A_BUSY_MACHINE.test(reason)),
        [],
        where,
      );
      const { counts } = trial;
      if (counts !== null) {
        const { expected, received, lost, outOfOrder, isContentRight } = counts;
        assert.deepEqual([received, lost, outOfOrder], [expected, 0, 0], where);
        assert.notEqual(isContentRight, false, where);
      }
      const known = figures.filter((figure) => trial.figures[figure.name] != null);
      assert.ok(known.length > 0, `${where}: no figure`);
    }
  }
});
