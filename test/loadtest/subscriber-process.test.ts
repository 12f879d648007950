import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { on, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { anchorOf } from '../../src/loadtest/subscriber/anchored-clock.js';
import type {
  FromSubscriber,
  SubscriberPlan,
  SubscriberReport,
  ToSubscriber,
} from '../../src/loadtest/subscriber/subscriber-messages.js';
import {
  type SubscriberExit,
  SubscriberProcess,
  type SubscriberProcessOptions,
} from '../../src/loadtest/subscriber/subscriber-process.js';
import { percentile } from '../../src/measure/histogram.js';
import { decodeHistogram } from '../../src/measure/histogram-text.js';
import { systemClock } from '../../src/shared/clock.js';
import { curveClientOptions } from '../../src/zmq/curve/client-keys.js';
import { generateCertificate } from '../../src/zmq/curve/generate-certificate.js';
import { EventStation } from '../support/event-station.js';
import { untilEnded } from '../support/is-alive.js';
import { endAll, freePort, RunningProgram, startCli } from '../support/peer.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** It only bounds how long a failure takes. */
const LONG = { timeout: 60_000 };
const BUNDLED = fileURLToPath(new URL('../../bundle/subscriber.cjs', import.meta.url));
const HELD = fileURLToPath(new URL('../support/subscriber-holder.js', import.meta.url));

describe('a subscriber of a load test', { concurrency: 2 }, () => {
  after(endAll);

  it('counts what comes, with its latency', LONG, async (context) => {
    const { station, subscriber } = await started(context);
    const beganUs = systemClock.unixUs();
    await station.sendMany(3000);
    const report = await reportOf(subscriber, ({ received }) => received === 3000);
    const endedUs = systemClock.unixUs();
    const { duplicated, reordered, unnumbered, serviceNs } = report;
    assert.deepEqual(
      { duplicated, reordered, unnumbered, serviceNs },
      { duplicated: 0, reordered: 0, unnumbered: 0, serviceNs: 0 },
    );
    assert.equal(report.bytes, 3000 * ('a.b.c'.length + '{"n":1,"__wire_time":1700000000.000000}'.length));
    assert.equal(report.firstWireUs, station.wireTimesUs[0]);
    assert.equal(report.lastWireUs, station.wireTimesUs.at(-1));
    assert.ok(report.cpuUs > 0);
    assert.ok(report.atUnixUs > beganUs && report.atUnixUs < systemClock.unixUs());
    const latency = decodeHistogram(report.latency as string);
    assert.equal(latency.totalCount, 3000);
    const [medianUs, largestUs] = [50, 100].map((percent) => percentile(latency, percent) / 1000);
    assert.ok(
      (medianUs as number) > 0 && (largestUs as number) <= endedUs - beganUs,
      `${medianUs}, ${largestUs}`,
    );
    assert.equal(report.completion, null);
  });

  it('tells duplicated, reordered and unnumbered events', LONG, async (context) => {
    const { station, subscriber } = await started(context);
    const nowUs = systemClock.unixUs() - 1000;
    for (const us of [1, 2, 5, 3, 4, 4, 1, 6]) await station.sendAt(nowUs + us);
    await station.sendPayload('a.b.c', '{}');
    await station.sendPayload('a.b.c', 'no JSON');
    const { duplicated, reordered, unnumbered } = await reportOf(
      subscriber,
      ({ received }) => received === 10,
    );
    assert.deepEqual({ duplicated, reordered, unnumbered }, { duplicated: 2, reordered: 2, unnumbered: 2 });
  });

  it('wants its topics only', LONG, async (context) => {
    const { station, subscriber, prefixes } = await started(context, { topics: ['a.*.c', 'dome.x'] }, 2);
    assert.deepEqual(prefixes, ['a.', 'dome.x']);
    for (const topic of ['a.b.c', 'a.b.d', 'dome.x', 'dome.xy', 'b', 'a.c.c']) await station.send(topic);
    const { received } = await reportOf(
      subscriber,
      ({ lastWireUs }) => lastWireUs === station.wireTimesUs.at(-1),
    );
    assert.equal(received, 3);
  });

  it('takes the time of its service for each event', LONG, async (context) => {
    const { station, subscriber } = await started(context, { service: { kind: 'spin', serviceNs: 2e6 } });
    const beganUs = systemClock.unixUs() - 1000;
    for (let i = 0; i < 100; i++) await station.sendAt(beganUs + i);
    const report = await reportOf(subscriber, ({ received }) => received === 100);
    assert.ok(report.serviceNs >= 99 * 2e6, String(report.serviceNs));
    const last = (await subscriber.end()) as SubscriberReport;
    const [latency, completion] = [last.latency, last.completion].map((text) =>
      decodeHistogram(text as string),
    );
    assert.deepEqual([latency?.totalCount, completion?.totalCount], [100, 100]);
    // All were due at the same time, and each waits for those before it.
    assert.ok(percentile(latency!, 100) >= 98 * 2e6);
    assert.ok(percentile(completion!, 100) >= percentile(latency!, 100));
    assert.ok(percentile(completion!, 0) >= 1.99e6);
  });

  for (const service of [
    { kind: 'spin', serviceNs: 3600e9 },
    { kind: 'sleep', serviceNs: 3600e9 },
    { kind: 'batch', events: 1, lengthNs: 3600e9 },
  ] as const) {
    it(
      `answers and ends while it is busy with an event for an hour: ${service.kind}`,
      LONG,
      async (context) => {
        const { station, subscriber } = await started(context, { service });
        await station.sendMany(10);
        await reportOf(subscriber, ({ received }) => received === 1);
        assert.equal((await subscriber.requestReport())?.received, 1);
        assert.equal((await subscriber.end())?.received, 1);
        assert.deepEqual(subscriber.exit, {
          code: 0,
          signal: null,
          isExpected: true,
          reason: 'it ended with exit code 0',
        });
      },
    );
  }

  it('reports four times a second by itself', LONG, async (context) => {
    const reports: SubscriberReport[] = [];
    let isEnough = () => {};
    const enough = new Promise<void>((resolve) => {
      isEnough = resolve;
    });
    const onReport = (report: SubscriberReport) => {
      reports.push(report);
      if (report.received === 10 && report.latency !== null && reports.length >= 8) isEnough();
    };
    const beganMs = performance.now();
    const { station, subscriber } = await started(context, {}, 1, { onReport });
    await station.sendMany(10);
    await enough;
    // Histograms cost more to make and to send: they come once a second, whatever holds reports up on their way.
    const tookMs = performance.now() - beganMs;
    const withHistograms = reports.filter(({ latency }) => latency !== null).length;
    assert(withHistograms <= 1 + tookMs / 1000, `${withHistograms} of ${reports.length} in ${tookMs} ms`);
    assert.equal(
      reports.reduce((sum, { recent }) => sum + (recent?.events ?? 0), 0),
      10,
    );
    assert.equal(decodeHistogram(subscriber.histograms.latency as string).totalCount, 10);
  });

  it('gets events of an encrypting publisher', LONG, async (context) => {
    const folder = temporaryFolder(context);
    const server = generateCertificate(`${folder}/server`, false);
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const cli = startCli(['-u', url, '--curve-keys', server.secretFile, '--sleep', '0.01']);
    context.after(() => cli.end());
    const curve = curveClientOptions({ curveServer: server.publicFile });
    const subscriber = await connected({ ...PLAN, connect: [url], curve }, options());
    context.after(() => subscriber.kill());
    await reportOf(subscriber, ({ received }) => received > 2);
  });

  it('says why it does not start', LONG, async () => {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    await assert.rejects(SubscriberProcess.start(PLAN, options({ startTimeoutMs: 1 })), {
      code: 'WORKER_FAILED',
      message: 'Expected the subscriber gui to start within 0.001 s, and it did not',
    });
    let startTimeoutMs = LONG.timeout;
    const plan = { ...PLAN, connect: [url] };
    const late = await SubscriberProcess.start(plan, {
      ...options(),
      get startTimeoutMs() {
        return startTimeoutMs;
      },
    });
    startTimeoutMs = 10;
    await assert.rejects(late.connect(), {
      code: 'SOCKET_FAILED',
      message: `Expected the subscriber gui to be connected to ${url} within 0.01 s, and it is not`,
    });
    assert.equal(late.exit?.signal, 'SIGKILL');
    await assert.rejects(connected({ ...PLAN, connect: ['night.db'] }, options()), {
      code: 'WORKER_FAILED',
      message: /^The subscriber gui did not start: Cannot connect to night\.db: expected an address like/,
    });
    const stopped = new AbortController();
    let notice = '';
    const onNotice = (sentence: string) => {
      notice = sentence;
      stopped.abort(new Error('stopped'));
    };
    const { signal } = stopped;
    const starting = connected({ ...PLAN, connect: [url] }, options({ signal, onNotice }));
    await assert.rejects(starting, { message: 'stopped' });
    assert.equal(notice, `Nothing answers at ${url} yet: waiting for it`);
  });

  it('tells that it was killed, and has its latest report', LONG, async (context) => {
    let exit: SubscriberExit | undefined;
    const { station, subscriber } = await started(context, {}, 1, { onExit: (how) => (exit = how) });
    await station.sendMany(5);
    await reportOf(subscriber, ({ received }) => received === 5);
    process.kill(subscriber.pid as number, 'SIGKILL');
    assert.deepEqual(await subscriber.exited, {
      code: null,
      signal: 'SIGKILL',
      isExpected: false,
      reason: 'SIGKILL ended it',
    });
    assert.equal(exit, subscriber.exit);
    assert.equal((await subscriber.requestReport())?.received, 5);
    assert.equal(await subscriber.end(), undefined);
  });

  it('goes on when a terminal or a service manager signals all processes', LONG, async (context) => {
    const { station, subscriber } = await started(context);
    for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const)
      process.kill(subscriber.pid as number, signal);
    await station.sendMany(5);
    await reportOf(subscriber, ({ received }) => received === 5);
    assert.equal((await subscriber.end())?.received, 5);
  });

  it('is killed if it does not end when it is asked to', LONG, async (context) => {
    const { subscriber } = await started(context);
    process.kill(subscriber.pid as number, 'SIGSTOP');
    const report = subscriber.requestReport();
    assert.equal(await subscriber.end(), undefined);
    assert.deepEqual(subscriber.exit, {
      code: null,
      signal: 'SIGKILL',
      isExpected: true,
      reason: 'SIGKILL ended it',
    });
    assert.equal(await report, subscriber.latest);
  });

  for (const service of [{ kind: 'none' }, { kind: 'spin', serviceNs: 3600e9 }] as const) {
    it(`ends when its parent is killed: ${service.kind}`, LONG, async (context) => {
      const station = await EventStation.open();
      context.after(() => station.close());
      const holder = new RunningProgram(process.execPath, [
        HELD,
        JSON.stringify({ ...PLAN, connect: [station.url], service }),
      ]);
      await station.subscriptions(1);
      await station.sendMany(3);
      await holder.waitForOutput(/^received [1-9]/m);
      const pid = Number(/^pid (\d+)$/m.exec(holder.stdout)?.[1]);
      holder.kill('SIGKILL');
      await untilEnded(pid);
    });
  }

  it('is in the bundle, where it loads no SQLite', LONG, async (context) => {
    const station = await EventStation.open();
    context.after(() => station.close());
    const child = fork(BUNDLED, [], { execArgv: [], serialization: 'advanced' });
    context.after(() => child.kill('SIGKILL'));
    const plan = { ...PLAN, connect: [station.url] };
    child.send({ kind: 'begin', plan, anchor: anchorOf(systemClock) } satisfies ToSubscriber);
    const kinds: string[] = [];
    for await (const [message] of on(child, 'message')) {
      kinds.push((message as FromSubscriber).kind);
      if (kinds.at(-1) === 'ready') break;
    }
    assert.deepEqual(kinds, ['loaded', 'ready']);
    if (process.platform === 'linux') {
      const maps = readFileSync(`/proc/${child.pid}/maps`, 'utf8');
      assert.match(maps, /zeromq/);
      assert.doesNotMatch(maps, /better_sqlite3/);
    }
    child.disconnect();
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  });
});

const PLAN: SubscriberPlan = {
  name: 'gui',
  connect: [],
  curve: undefined,
  topics: [],
  service: { kind: 'none' },
  seed: 1,
  highWaterMark: 0,
  reportIntervalMs: 250,
  isLogged: false,
};

function options(more: Partial<SubscriberProcessOptions> = {}): SubscriberProcessOptions {
  return { anchor: anchorOf(systemClock), ...more };
}

async function connected(plan: SubscriberPlan, how: SubscriberProcessOptions): Promise<SubscriberProcess> {
  const subscriber = await SubscriberProcess.start(plan, how);
  await subscriber.connect();
  return subscriber;
}

/** A subscriber whose subscriptions have come. */
async function started(
  context: TestContext,
  plan: Partial<SubscriberPlan> = {},
  subscriptions = 1,
  more: Partial<SubscriberProcessOptions> = {},
) {
  const station = await EventStation.open();
  context.after(() => station.close());
  const subscriber = await connected({ ...PLAN, connect: [station.url], ...plan }, options(more));
  context.after(() => subscriber.kill());
  return { station, subscriber, prefixes: await station.subscriptions(subscriptions) };
}

/** The first report that is as expected; a test that waits in vain runs into its time-out. */
async function reportOf(
  subscriber: SubscriberProcess,
  isExpected: (report: SubscriberReport) => boolean,
): Promise<SubscriberReport> {
  for (;;) {
    const report = await subscriber.requestReport();
    if (report !== undefined && isExpected(report)) return report;
    if (subscriber.exit !== undefined) throw new Error(subscriber.exit.reason);
  }
}
