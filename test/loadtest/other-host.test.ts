import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadTest } from '../../src/loadtest/load-test.js';
import { writeEvenNight } from '../support/even-night.js';
import { freePort } from '../support/free-port.js';
import { assertDelivered, assertWhole, heldToItsEnd, named } from '../support/load-results.js';
import { OtherHost, skipWithoutOtherHost } from '../support/other-host.js';
import { PythonSubscriber, skipWithoutPython } from '../support/peer.js';
import { skipWithoutSs } from '../support/skip-without-ss.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** So few that a busy machine can send them; so large that buffers and marks hold a part of those of the time of the hold. */
const RATE_PER_S = 100;
const FILL_BYTES = 30_000;
/** It ends the load: the subscriber is held for those of ten seconds. */
const [HELD_FROM, ENOUGH] = [100, 'own-1: received>1100'];
/** For this time's events there is room at a subscriber that the machine holds up. */
const SLACK_S = 5;

describe('a load test of subscribers on another host', {
  skip: skipWithoutSs() || skipWithoutPython() || skipWithoutOtherHost(),
}, () => {
  it('proves that one was delivered all, and what a stopped one lost, and does not guess why', async (context) => {
    const host = await OtherHost.open({ receiveBufferBytes: 65_536 });
    context.after(() => host.close());
    const night = join(temporaryFolder(context), 'night.db');
    writeEvenNight(night, { events: 500, ratePerS: 1000, fillBytes: FILL_BYTES });
    const url = `tcp://${host.here}:${await freePort()}`;
    const within = host.enter;
    const [whole, stopped] = await Promise.all([
      PythonSubscriber.start(url, { within }),
      PythonSubscriber.start(url, { within, highWaterMark: 100 }),
    ]);
    const report = await loadTest({
      ...{ databases: night, url, waitSetupS: 0, waitSubscribers: 2, highWaterMark: SLACK_S * RATE_PER_S },
      ...{
        stages: [`${RATE_PER_S}:600s`],
        drainS: 60,
        failIf: ['lost>0', ENOUGH],
        abortOnFail: true,
        subscribers: ['1'],
      },
      onLoadProgress: heldToItsEnd(stopped, HELD_FROM),
    });
    const { sent } = report.load;
    const foreign = report.subscribers.filter(({ kind }) => kind === 'foreign');
    assert.equal(foreign.length, 2);
    for (const { pid, command } of foreign) assert.deepEqual([pid, command], [null, null]);
    const lossy = foreign.filter(({ lost }) => lost?.least !== 0);
    assert.equal(lossy.length, 1);
    for (const each of foreign) if (each !== lossy[0]) assertDelivered(each, sent);
    assert.equal((await whole.stop()).received, sent);
    const [{ proof, lost, gaveWay }] = lossy;
    const missing = sent - (await stopped.stop()).received;
    assert.deepEqual([proof, lost], ['kernel', { least: missing, most: missing, about: missing }]);
    assert.deepEqual(gaveWay?.verdict, 'unknown');
    assert.match(
      gaveWay?.evidence ?? '',
      /its process is not on this machine, or in another network namespace/,
    );
    assertWhole(named(report, 'sentinel'));
    assert.deepEqual(
      report.conditions
        .filter(({ condition, outcome }) => outcome === 'missed' && condition === 'lost>0')
        .map(({ subscriber }) => subscriber),
      [lossy[0].name],
    );
  });
});
