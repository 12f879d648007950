import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { LoadReport } from '../../src/loadtest/load-report.js';
import { writeEvenNight } from '../support/even-night.js';
import { assertWhole, named } from '../support/load-results.js';
import {
  endAll,
  freePort,
  PythonSubscriber,
  RunningProgram,
  requirePython,
  skipWithoutPython,
  startCli,
} from '../support/peer.js';
import { skipWithoutSs } from '../support/skip-without-ss.js';
import { TcpRelay } from '../support/tcp-relay.js';
import { until } from '../support/until.js';

const CHECKED_IN = fileURLToPath(new URL('../../../test/support/python/checked_in.py', import.meta.url));
/** More than are sent: it goes on until it is ended. */
const MANY = '1000000';
const FILL_BYTES = 10_000;
const DELAY_MS = 50;

const folder = mkdtempSync(join(tmpdir(), 'tcs-network-'));
const night = join(folder, 'night.db');

/** A load test in a process of its own, and a relay between it and a subscriber. */
async function underWay(context: TestContext, ...args: string[]) {
  const port = await freePort();
  const relay = await TcpRelay.to(port);
  context.after(() => relay.close());
  const start = () =>
    startCli([
      ...['loadtest', night, '-u', `tcp://127.0.0.1:${port}`, '--wait-setup', '0', '--wait-subscribers', '1'],
      ...['--fail-if', 'lost>0', '--json', ...args],
    ]);
  return { relay, start };
}

async function reportOf(program: RunningProgram): Promise<LoadReport> {
  const { stdout, stderr } = await program.outcome;
  assert.match(stdout, /^\{/, stderr);
  return JSON.parse(stdout);
}

describe('a load test over a bad network', { skip: skipWithoutSs() || skipWithoutPython() }, () => {
  before(() => writeEvenNight(night, { events: 3000, ratePerS: 1000, fillBytes: FILL_BYTES }));
  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  it('tells what a subscriber lost that was cut off and came back, and how late a slow network makes it', async (context) => {
    const checkIn = `tcp://127.0.0.1:${await freePort()}`;
    const load = ['--stage', '200:3s', '--drain', '30s', '--report-bind', checkIn];
    const { relay, start } = await underWay(context, ...load);
    relay.delayMs = DELAY_MS;
    const subscriber = new RunningProgram(requirePython(), [CHECKED_IN, relay.url, checkIn, 'far', MANY]);
    const program = start();
    await until(
      () => relay.passedBytes,
      (bytes) => bytes > 50 * FILL_BYTES,
    );
    relay.cut();
    const report = await reportOf(program);
    assert.equal(relay.connections, 2);
    const { lost, received, wanted, latency, proof, gaveWay } = named(report, 'far');
    assert(lost !== null && lost.least > 0 && received !== null && wanted !== null);
    assert.deepEqual(
      [proof, lost.most, lost.least],
      ['check-in', lost.least, wanted - received],
      `${gaveWay}`,
    );
    assert((latency?.p50Us ?? 0) >= 1000 * DELAY_MS);
    const gone = report.subscribers.filter(({ hasGone }) => hasGone);
    assert.deepEqual(
      gone.map(({ proof, lost: ofConnection }) => [proof, ofConnection]),
      [['unknown', null]],
    );
    assertWhole(named(report, 'sentinel'));
    const ofFar = report.conditions.find(({ subscriber }) => subscriber === 'far');
    assert.equal(ofFar?.outcome, 'missed');
    subscriber.kill();
  });

  it('tells what a network lost that is too slow, and names what is next to the publisher: the relay', async (context) => {
    const { relay, start } = await underWay(
      context,
      '--stage',
      '500:4s',
      '--hwm',
      '50',
      '--drain',
      '1s',
      '--linger',
      '0',
    );
    relay.bytesPerS = 100_000;
    const subscriber = await PythonSubscriber.start(relay.url);
    const report = await reportOf(start());
    const [far] = report.subscribers.filter(({ kind }) => kind === 'foreign');
    assert.deepEqual([far.proof, far.pid], ['kernel', process.pid], far.proves);
    assert(far.lost !== null && far.lost.least > 0, far.proves);
    assert((far.backedUpShare ?? 0) > 0, 'it had no room');
    // It sleeps, as programs do that wait for a network, unless the machine starves it.
    assert(
      far.gaveWay !== null && ['waiting', 'starved'].includes(far.gaveWay.verdict),
      far.gaveWay?.evidence,
    );
    subscriber.kill();
  });
});
