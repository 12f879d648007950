import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { LoadReport, Verdict } from '../../src/loadtest/load-report.js';
import { writeEvenNight } from '../support/even-night.js';
import { endAll, freePort, type Outcome, runCli, startCli } from '../support/peer.js';
import { Receiver } from '../support/receiver.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const SCENARIOS = fileURLToPath(new URL('../../../docs/scenarios/', import.meta.url));
const CODES: Readonly<Record<Verdict, number>> = { pass: 0, fail: 4, inconclusive: 5 };
const INTERRUPTED = 130;
/** Of a search, in which each trial has a thousand or more: on a busy machine it would go on for three minutes. */
const SEARCH_EVENTS = 6000;
/** What makes each example short: options on the command line win. */
const SHORTER: Readonly<Record<string, readonly string[]>> = {
  'alarm-spike.yaml': ['--stage', '100:1s'],
  'find-limit.yaml': ['--width', '50%'],
  'gui-smoke.yaml': ['--stage', '50:1s'],
  'logger-soak.yaml': ['--stage', '50:1s'],
};

const folder = mkdtempSync(join(tmpdir(), 'tcs-scenarios-'));

describe('the scenarios of the documentation', { concurrency: 2 }, () => {
  before(() => {
    writeEvenNight(join(folder, 'night.db'), { events: 1000, ratePerS: 100, fillBytes: 100 });
    for (const file of readdirSync(SCENARIOS)) copyFileSync(join(SCENARIOS, file), join(folder, file));
  });
  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  for (const file of readdirSync(SCENARIOS).filter((each) => each.endsWith('.yaml')))
    it(file, async () => {
      const url = `tcp://127.0.0.1:${await freePort()}`;
      const receiver = Receiver.connected(url);
      const shorter = SHORTER[file];
      assert(shorter !== undefined, `${file} has no short form here`);
      const text = readFileSync(join(SCENARIOS, file), 'utf8');
      const isSearch = text.includes('find-max:');
      const args = ['loadtest', '--scenario', join(folder, file), '-u', url, '--json', ...shorter];
      const { code, stdout, stderr } = await (isSearch ? searched(args, receiver) : runCli(args));
      receiver.close();
      const report = JSON.parse(stdout === '' ? 'null' : stdout) as LoadReport | null;
      assert(report !== null, stderr);
      assert.equal(report.title, /^title: (.*)$/m.exec(text)?.[1]);
      assert.deepEqual(report.load.databases, [join(folder, 'night.db')]);
      const accepted = text.includes('accept-inconclusive: true') && report.verdict === 'inconclusive';
      const isInterrupted = report.endedBy === 'signal';
      assert.equal(isInterrupted, isSearch);
      assert.equal(code, isInterrupted ? INTERRUPTED : accepted ? 0 : CODES[report.verdict], stderr);
      if (isSearch) assert.equal(report.search?.highest?.runs.length, 1);
      for (const [, name] of text.matchAll(/^(?:junit|html): (.*)$/gm))
        assert(readFileSync(join(folder, name), 'utf8').includes(report.title));
    });

  it('are refused with line and column before anything is started', async (context) => {
    const path = join(temporaryFolder(context), 'wrong.yaml');
    writeFileSync(path, 'seed: 1\nstages: 1k:30s\n');
    const { code, stdout, stderr } = await runCli(['loadtest', '--scenario', path]);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.equal(
      stderr,
      `error: ${path}:2:1: Expected an option of loadtest, got stages; did you mean stage?\n`,
    );
    writeFileSync(path, 'seed: 1\nstage: fast\n');
    const wrong = await runCli(['loadtest', '--scenario', path]);
    assert.equal(wrong.code, 2);
    assert(wrong.stderr.startsWith(`error: Expected stage (${path}:2:1) to be `), wrong.stderr);
    const overruled = await runCli(['loadtest', '--scenario', path, '--stage', 'slow']);
    assert(overruled.stderr.startsWith('error: Expected --stage to be '), overruled.stderr);
  });
});

/** Interrupts a search once it has tried some loads: it reports these. */
async function searched(args: readonly string[], receiver: Receiver): Promise<Outcome> {
  const program = startCli(args);
  await receiver.take(SEARCH_EVENTS);
  program.kill('SIGINT');
  return program.outcome;
}
