import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { LoadTestOptions } from '../../src/loadtest/load-options.js';
import { loadTest } from '../../src/loadtest/load-test.js';
import { generateCertificate } from '../../src/zmq/curve/generate-certificate.js';
import { CSubscriber } from '../support/c-subscriber.js';
import { writeEvenNight } from '../support/even-night.js';
import { assertDelivered, assertWhole, named, ofPid } from '../support/load-results.js';
import {
  endAll,
  freePort,
  PythonSubscriber,
  RunningProgram,
  requirePython,
  skipWithoutPython,
} from '../support/peer.js';
import { skipWithoutSs } from '../support/skip-without-ss.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';
import { ZmqProxy } from '../support/zmq-proxy.js';

const HET = fileURLToPath(new URL('../../../test/support/python/tcs_event.py', import.meta.url));
/** More than are sent: it goes on until it is ended. */
const MANY = '1000000';
const TOPICS = ['tcs.tracker.position', 'tcs.dome.shutter', 'pfip.guider.flux'];

const folder = mkdtempSync(join(tmpdir(), 'tcs-foreign-'));
const night = join(folder, 'night.db');

const run = (options: LoadTestOptions) =>
  loadTest({ databases: night, waitSetupS: 0, stages: ['200:2s'], highWaterMark: 0, drainS: 60, ...options });

describe('a load test of subscribers as they are', { skip: skipWithoutSs() || skipWithoutPython() }, () => {
  before(() => writeEvenNight(night, { events: 900, ratePerS: 300, fillBytes: 300, topics: TOPICS }));
  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  it("proves that subscribers in Python and C, the HET's, and a proxy got all", async () => {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const proxy = await ZmqProxy.start(url);
    const [behind, some, het] = await Promise.all([
      PythonSubscriber.start(proxy.url),
      PythonSubscriber.start(url, { topics: ['tcs.tracker', 'pfip.'] }),
      startHet(url),
    ]);
    const inC = CSubscriber.start(url);
    const waitSubscribers = inC === undefined ? 3 : 4;
    const report = await run({ url, waitSubscribers, failIf: ['lost>0'] });
    const { sent } = report.load;
    assertWhole(named(report, 'sentinel'));
    for (const pid of [het.pid, proxy.pid, ...(inC === undefined ? [] : [inC.pid])])
      assertDelivered(ofPid(report, pid), sent);
    const ofSome = ofPid(report, some.pid);
    assertDelivered(ofSome, (await some.stop()).received);
    assert(ofSome.wanted !== null && ofSome.wanted < sent);
    // What a program reads comes after what its machine has.
    await until(
      () => het.stdout.split('\n').length - 2,
      (events) => events === sent,
    );
    if (inC !== undefined) assert.equal(await inC.stop(), sent);
    // The proxy is what is seen, and the subscriber behind it is not.
    const { peer, proves, command } = ofPid(report, proxy.pid);
    assert.match(peer ?? '', /^127\.0\.0\.1:\d+$/);
    assert.match(command ?? '', /^python3 proxy\.py$/);
    assert.match(proves, /what its program has read of them, or passed on if it is a proxy, is not known$/);
    assert.equal(report.subscribers.length, 1 + waitSubscribers);
    assert(!report.subscribers.some(({ pid }) => pid === behind.pid));
    assert.equal(report.conditions.filter(({ outcome }) => outcome === 'kept').length, waitSubscribers);
  });

  it('proves it of encrypted connections', async (context) => {
    const [server, mine] = ['server', 'mine'].map((name) =>
      generateCertificate(join(temporaryFolder(context), name), false),
    );
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const curve = { server: server.publicFile, keys: mine.secretFile };
    const subscriber = await PythonSubscriber.start(url, { curve });
    const report = await run({
      ...{ url, curveKeys: server.secretFile, waitSubscribers: 1, subscribers: ['1,name=own'] },
    });
    const { sent } = report.load;
    assertDelivered(ofPid(report, subscriber.pid), sent);
    for (const name of ['sentinel', 'own']) assertWhole(named(report, name));
    assert.equal((await subscriber.stop()).received, sent);
  });
});

async function startHet(url: string): Promise<RunningProgram> {
  const env = { PYTHONUNBUFFERED: '1' };
  const program = new RunningProgram(requirePython(), [HET, url, '--count', MANY, '--dates-to-float'], {
    env,
  });
  await program.waitForOutput(/^ready$/m);
  return program;
}
