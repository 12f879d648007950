import assert from 'node:assert/strict';
import { after, describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Dealer } from 'zeromq';
import { type CheckedIn, CheckIn, type CheckInOptions } from '../../src/loadtest/check-in.js';
import { latenessHistogram, percentile } from '../../src/measure/histogram.js';
import { encodeHistogram } from '../../src/measure/histogram-text.js';
import { systemClock } from '../../src/shared/clock.js';
import { curveClientOptions } from '../../src/zmq/curve/client-keys.js';
import { generateCertificate } from '../../src/zmq/curve/generate-certificate.js';
import { readServerKeys } from '../../src/zmq/curve/server-keys.js';
import { EventStation } from '../support/event-station.js';
import { endAll, freePort, RunningProgram, requirePython, skipWithoutPython } from '../support/peer.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** It only bounds how long a failure takes. */
const LONG = { timeout: 60_000 };
const POLL_MS = 10;
const PYTHON = fileURLToPath(new URL('../../../test/support/python/checked_in.py', import.meta.url));
const NODE = fileURLToPath(new URL('../support/checked-in.js', import.meta.url));

describe('the check-in of foreign subscribers', { concurrency: 2 }, () => {
  after(endAll);

  for (const [language, skip] of [
    ['Python', skipWithoutPython()],
    ['Node', false],
  ] as const) {
    it(`has what a subscriber in ${language} has seen`, { ...LONG, skip }, async (context) => {
      const { checkIn, address, notices } = await opened(context);
      const station = await EventStation.open();
      context.after(() => station.close());
      const beganUs = systemClock.unixUs();
      const args = [station.url, address, 'gui', '1005'];
      const program =
        language === 'Python'
          ? new RunningProgram(requirePython(), ['-B', PYTHON, ...args])
          : new RunningProgram(process.execPath, [NODE, ...args]);
      await station.subscriptions(1);
      const first = await reportOf(checkIn, 'gui', ({ clock }) => clock !== undefined);
      assert.deepEqual([first.received, first.firstWireUs, first.lastWireUs], [0, null, null]);
      await station.sendMany(1000);
      const [one, two] = station.wireTimesUs.slice(-2) as [number, number];
      const later = two + 10;
      for (const us of [two, later + 5, later + 1, one]) await station.sendAt(us);
      await station.sendPayload('a.b.c', '{}');
      const { code, stdout, stderr } = await program.outcome;
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
      const last = await reportOf(checkIn, 'gui', ({ received }) => received === 1005);
      const { duplicated, reordered, firstWireUs, lastWireUs, restarts } = last;
      assert.deepEqual(
        { duplicated, reordered, firstWireUs, lastWireUs, restarts },
        {
          duplicated: 2,
          reordered: 1,
          firstWireUs: station.wireTimesUs[0],
          lastWireUs: later + 5,
          restarts: 0,
        },
      );
      const { offsetUs, errorUs } = last.clock as { offsetUs: number; errorUs: number };
      // Both have the same clock; they read it with a resolution of some microseconds, or milliseconds where it was set.
      assert.ok(Math.abs(offsetUs) <= errorUs + 2100, `${offsetUs} ± ${errorUs}`);
      const latency = last.latency()!;
      assert.equal(latency.totalCount, 1004);
      assert.ok(percentile(latency, 50) / 1000 <= 1.05 * (last.reportedUs - beganUs));
      assert.deepEqual([notices, checkIn.refused], [[], 0]);
    });
  }

  it('takes histograms of HdrHistogram', LONG, async (context) => {
    const { checkIn, client } = await opened(context);
    const histogram = latenessHistogram();
    for (let i = 1; i <= 1000; i++) histogram.recordValue(i * 1000);
    await client.send(JSON.stringify({ report: { ...REPORT, latency: encodeHistogram(histogram) } }));
    const latency = (await reportOf(checkIn, 'gui')).latency()!;
    assert.deepEqual(
      [latency.totalCount, latency.getValueAtPercentile(50), latency.getValueAtPercentile(99)],
      [1000, histogram.getValueAtPercentile(50), histogram.getValueAtPercentile(99)],
    );
  });

  it('answers with its time', LONG, async (context) => {
    const { client } = await opened(context);
    const sent = systemClock.unixUs() / 1e6;
    await client.send(JSON.stringify({ clock: sent }));
    const { clock, interval } = JSON.parse(String((await client.receive())[0]));
    const now = systemClock.unixUs() / 1e6;
    assert.equal(interval, 1);
    assert.equal(clock.sent, sent);
    assert.ok(
      sent <= clock.received && clock.received <= clock.answered && clock.answered <= now,
      JSON.stringify(clock),
    );
  });

  it('asks for reports as often as it needs them', LONG, async (context) => {
    const { client } = await opened(context, { reportIntervalMs: 100 });
    await client.send(JSON.stringify({ clock: 1 }));
    assert.equal(JSON.parse(String((await client.receive())[0])).interval, 0.1);
  });

  it('tells that a subscriber was started again', LONG, async (context) => {
    const { checkIn, client } = await opened(context);
    for (const received of [5, 7, 1]) await client.send(JSON.stringify({ report: { ...REPORT, received } }));
    const { reports, restarts } = await reportOf(checkIn, 'gui', ({ reports }) => reports === 3);
    assert.deepEqual([reports, restarts], [3, 1]);
  });

  it('shows names as plain text', LONG, async (context) => {
    const { checkIn, client } = await opened(context);
    await client.send(JSON.stringify({ report: { ...REPORT, name: '\u001b[2J' } }));
    assert.equal((await reportOf(checkIn, '\\u001b[2J')).name, '\\u001b[2J');
  });

  const seconds = 'to be a number of seconds from 0 to 10000000000, got';
  for (const [message, error] of [
    [
      'no JSON',
      'Expected {"report": {…}}, {"clock": SECONDS}, {"hello": {…}} or {"end": {…}}, got 7 bytes that are not JSON in UTF-8',
    ],
    ['[]', 'Expected {"report": {…}}, {"clock": SECONDS}, {"hello": {…}} or {"end": {…}}, got an array'],
    [
      {},
      'Expected {"report": {…}}, {"clock": SECONDS}, {"hello": {…}} or {"end": {…}}, and report is nothing',
    ],
    [{ clock: 'now' }, `Expected clock ${seconds} a text of 3 characters`],
    [{ clock: -1 }, `Expected clock ${seconds} -1`],
    [
      { report: { ...report(), name: '' } },
      'Expected name to be a text of 1 to 100 characters, got a text of 0 characters',
    ],
    [{ report: { ...report(), received: -1 } }, 'Expected a count to be a whole number, 0 or more, got -1'],
    [
      { report: { ...report(), received: 1e300 } },
      'Expected a count to be a whole number, 0 or more, got 1e+300',
    ],
    [{ report: { ...report(), last: 1e300 } }, `Expected last ${seconds} 1e+300`],
    [{ report: { ...report(), sent_at: undefined } }, `Expected sent_at ${seconds} nothing`],
    [
      { report: { ...report(), latency: 'AAAA' } },
      'Expected latency to be a histogram of HdrHistogram in base64, and it does not begin as a compressed histogram does',
    ],
    [
      { report: { ...report(), latency: { x: 1 } } },
      'Expected the keys of latency to be microseconds, 0 or more, and one is not',
    ],
    [
      { report: { ...report(), latency: { 1: 1.5 } } },
      'Expected a count to be a whole number, 0 or more, got 1.5',
    ],
    [
      {
        report: { ...report(), latency: Object.fromEntries(Array.from({ length: 2001 }, (_, i) => [i, 1])) },
      },
      'Expected latency to have at most 2000 counts, got 2001',
    ],
    [
      { report: { ...report(), clock: { offset: 0, error: -1 } } },
      'Expected error to be a number of seconds from 0 to 10000000000, got -1',
    ],
  ] as const) {
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    it(`refuses ${text.slice(0, 150)}`, LONG, async (context) => {
      const { checkIn, client, notices } = await opened(context);
      await client.send(text);
      assert.deepEqual(JSON.parse(String((await client.receive())[0])), { error });
      assert.deepEqual(
        [checkIn.refused, checkIn.subscribers.size, notices],
        [1, 0, [`Passed over a check-in: ${error}`]],
      );
    });
  }

  it('takes a thousand names', LONG, async (context) => {
    const { checkIn, client } = await opened(context);
    for (let i = 0; i < 1001; i++) {
      await client.send(JSON.stringify({ report: { ...REPORT, name: String(i) } }));
      await client.send(JSON.stringify({ clock: 1 }));
      const [answer] = await client.receive();
      if (i < 1000) assert.match(String(answer), /clock/);
      else assert.match(String(answer), /Expected at most 1000 names of subscribers/);
    }
    assert.equal(checkIn.subscribers.size, 1000);
  });

  it('is for this machine only, unless it has keys', LONG, async (context) => {
    const address = `tcp://*:${await freePort()}`;
    await assert.rejects(CheckIn.open({ address, name: '--report-bind' }), {
      code: 'BAD_OPTION',
      message: `Expected --report-bind to be an address that only this machine reaches, such as tcp://127.0.0.1:5558, got "${address}"; other machines may report with CURVE keys only`,
    });
    const server = generateCertificate(`${temporaryFolder(context)}/server`, false);
    const checkIn = await CheckIn.open({ address, keys: readServerKeys({ curveKeys: server.secretFile }) });
    context.after(() => checkIn.close());
    const client = connected(
      context,
      address.replace('*', '127.0.0.1'),
      curveClientOptions({ curveServer: server.publicFile }),
    );
    await client.send(JSON.stringify({ report: REPORT }));
    assert.equal((await reportOf(checkIn, 'gui')).received, 5);
  });
});

const REPORT = report();

function report() {
  return { name: 'gui', received: 5, duplicated: 0, reordered: 0, first: 1.7e9, last: 1.7e9, sent_at: 1.7e9 };
}

async function opened(context: TestContext, more: Partial<CheckInOptions> = {}) {
  const address = `tcp://127.0.0.1:${await freePort()}`;
  const notices: string[] = [];
  const checkIn = await CheckIn.open({ address, onNotice: (notice) => notices.push(notice), ...more });
  context.after(() => checkIn.close());
  return { checkIn, address, notices, client: connected(context, address) };
}

function connected(context: TestContext, address: string, keys = {}): Dealer {
  const client = new Dealer({ linger: 0, receiveTimeout: LONG.timeout, ...keys });
  client.connect(address);
  context.after(() => client.close());
  return client;
}

/** The report of a subscriber that is as expected; a test that waits in vain runs into its time-out. */
async function reportOf(
  checkIn: CheckIn,
  name: string,
  isExpected: (report: CheckedIn) => boolean = () => true,
): Promise<CheckedIn> {
  for (;;) {
    const report = checkIn.subscribers.get(name);
    if (report !== undefined && isExpected(report)) return report;
    await sleep(POLL_MS);
  }
}
