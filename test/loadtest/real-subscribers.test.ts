import assert from 'node:assert/strict';
import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ConnectionReader } from '../../src/kernel/connection-reader.js';
import { KernelLevel, type KernelLevelOptions } from '../../src/loadtest/kernel-level.js';
import type { ConnectionReport, KernelReport } from '../../src/loadtest/kernel-report.js';
import { SentBytes } from '../../src/loadtest/sent-bytes.js';
import { generateCertificate } from '../../src/zmq/curve/generate-certificate.js';
import { readServerKeys } from '../../src/zmq/curve/server-keys.js';
import { Publisher } from '../../src/zmq/publisher.js';
import { CSubscriber } from '../support/c-subscriber.js';
import { endAll, freePort, PythonSubscriber, skipWithoutPython } from '../support/peer.js';
import { skipWithoutSs } from '../support/skip-without-ss.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';
import { UserSubscriber } from '../support/user-subscriber.js';

const skip = skipWithoutSs() || skipWithoutPython();
const EVENTS = 20_000;
const TOPICS = ['tcs.tracker.position', 'tcs.a', 'tcs.dome.shutter', 'legacy.weather'].map((t) =>
  Buffer.from(t),
);
/** After so many events the event loop turns. */
const AT_ONCE = 500;
/** One size, for events that can be counted by their bytes: more of them than the system's buffers take. */
const ONE_TOPIC = TOPICS[0];
const ONE_SIZE = Buffer.alloc(1000, 'x');
/** What statfs(2) calls a file system in memory: no program waits for it. */
const TMPFS = 0x01021994;
const END = Buffer.concat([Buffer.from('end'), ONE_SIZE.subarray(3)]);

describe('the kernel level of real subscribers', { skip }, () => {
  after(endAll);

  it('proves to the byte that subscribers in Python and C took everything, with one prefix, two or all', async (context) => {
    const load = await Load.open(context);
    const everything = await PythonSubscriber.start(load.url);
    const user = await UserSubscriber.start(load.url, { topics: ['tcs.tracker', 'legacy'] });
    await UserSubscriber.start(load.url, { topics: ['tcs.'] });
    const inC = CSubscriber.start(load.url);
    await load.subscribed(inC === undefined ? 4 : 5);
    const level = load.level();
    const { connections } = await level.baseline();
    const userPort = connections.find(({ pid }) => pid === user.pid)?.peer;
    assert.equal(connections.length, inC === undefined ? 3 : 4);
    await load.sendOfManySizes();
    const report = await until(
      () => level.final(),
      (each) => each.connections.every(({ delivered }) => delivered === 'all'),
    );
    assert.equal(report.knows, 'bytes');
    const taken = report.connections.map(({ ackedBytes }) => ackedBytes).sort();
    const expected = [[''], ['tcs.tracker', 'legacy'], ['tcs.'], ...(inC === undefined ? [] : [['']])];
    assert.deepEqual(taken, expected.map((prefixes) => load.bytesOf(prefixes)).sort());
    const ofUser = report.connections.find(({ peer }) => peer === userPort) as ConnectionReport;
    assert.deepEqual(ofUser.prefixes?.toSorted(), ['legacy', 'tcs.tracker']);
    assert.match(ofUser.command ?? '', /^python3 user_subscriber\.py$/);
    assert.equal((await everything.stop()).received, EVENTS);
    if (inC !== undefined) assert.equal(await inC.stop(), EVENTS);
  });

  it('proves it of encrypted connections', async (context) => {
    const folder = temporaryFolder(context);
    const [server, mine] = ['server', 'mine'].map((name) => generateCertificate(join(folder, name), false));
    const load = await Load.open(context, { curveKeys: server.secretFile });
    const curve = { server: server.publicFile, keys: mine.secretFile };
    const subscriber = await PythonSubscriber.start(load.url, { curve });
    await load.subscribed(1);
    const level = load.level();
    await level.baseline();
    await load.sendOfManySizes();
    const { connections } = await until(
      () => level.final(),
      (each) => each.connections[0].delivered === 'all',
    );
    assert.equal(connections[0].ackedBytes, load.bytesOf(['']));
    assert.equal((await subscriber.stop()).received, EVENTS);
  });

  it('names a stopped subscriber while it is stopped, and tells its loss to the event', async (context) => {
    const load = await Load.open(context, { highWaterMark: 1000 });
    const stopped = await UserSubscriber.start(load.url, { highWaterMark: 100 });
    const other = await UserSubscriber.start(load.url, { highWaterMark: 0 });
    await load.subscribed(2);
    const level = load.level();
    await level.baseline();
    const of = ({ connections }: KernelReport, { pid }: UserSubscriber) =>
      connections.find((connection) => connection.pid === pid) as ConnectionReport;
    stopped.hold();
    const report = await load.sendUntil(
      () => level.sample(),
      (each) => {
        const { gaveWay, lostAtLeast } = of(each, stopped);
        return gaveWay?.evidence.startsWith('its process is stopped') === true && (lostAtLeast ?? 0) > 0;
      },
      (each) => (of(each, other).lagEvents ?? 0) < 500,
    );
    assert.ok((of(report, stopped).backedUpShare ?? 0) > 0.2);
    assert.equal(of(report, stopped).gaveWay?.verdict, 'waiting');
    const lostBefore = of(report, stopped).lostAtLeast ?? 0;
    stopped.release();
    // One that comes through shows that all that was queued has come before.
    await load.sendUntil(
      () => level.sample(),
      () => stopped.ended !== undefined && other.ended !== undefined,
      (each) => of(each, stopped).lagEvents === 0 && of(each, other).lagEvents === 0,
      END,
    );
    const last = await until(
      () => level.final(),
      (each) =>
        of(each, other).delivered === 'all' &&
        of(each, stopped).sendQueueBytes === 0 &&
        stopped.ended === load.events - (of(each, stopped).lost?.events.least ?? 0),
    );
    const { lost, delivered } = of(last, stopped);
    assert.equal(delivered, 'some');
    assert.ok(lost !== null && lost.events.least === lost.events.most && lost.events.least >= lostBefore);
    assert.equal(stopped.ended, load.events - lost.events.least);
  });

  for (const { what, options, verdicts } of [
    // On a busy machine a program that would run all the time waits for a processor.
    { what: 'works', options: { spinS: 0.001 }, verdicts: ['cpu-bound', 'starved'] },
    { what: 'sleeps', options: { sleepS: 0.005 }, verdicts: ['waiting'] },
  ]) {
    it(`finds that a subscriber ${what} too long at each event`, async (context) => {
      const load = await Load.open(context);
      const slow = await UserSubscriber.start(load.url, {
        ...options,
        highWaterMark: 10,
        bufferBytes: 16_384,
      });
      await load.subscribed(1);
      const level = load.level();
      await level.baseline();
      await load.sendOfOneSize(EVENTS);
      const { connections } = await until(
        () => level.sample(),
        (each) => verdicts.includes(each.connections[0].gaveWay?.verdict ?? ''),
      );
      const [{ pid, backedUpShareOfRun, lagEvents, lagS, peerReceiveQueueBytes }] = connections;
      assert.equal(pid, slow.pid);
      assert.ok((backedUpShareOfRun ?? 0) > 0 && (lagEvents ?? 0) > 0 && (lagS ?? 1) > 0);
      assert.ok((peerReceiveQueueBytes ?? 0) > 0);
    });
  }

  it('finds that a subscriber waits for its disk at each event', async (context) => {
    const folder = temporaryFolder(context);
    if (statfsSync(folder).type === TMPFS)
      return context.skip(`${folder} is in memory: no program waits for it`);
    const load = await Load.open(context);
    const file = join(folder, 'received');
    const logger = await UserSubscriber.start(load.url, { file, highWaterMark: 10, bufferBytes: 16_384 });
    await load.subscribed(1);
    const level = load.level();
    await level.baseline();
    await load.sendOfOneSize(EVENTS);
    const { connections } = await until(
      () => level.sample(),
      ({ connections: [{ gaveWay }] }) =>
        gaveWay?.evidence.startsWith('it waited for a disk at ') === true && gaveWay.verdict === 'waiting',
    );
    assert.equal(connections[0].pid, logger.pid);
  });

  it('keeps the last figures of a subscriber that was killed, and proves what the other took', async (context) => {
    const load = await Load.open(context);
    const [staying, killed] = await Promise.all([
      UserSubscriber.start(load.url),
      UserSubscriber.start(load.url),
    ]);
    await load.subscribed(2);
    const level = load.level();
    await level.baseline();
    await load.sendOfOneSize(1000);
    await until(
      () => level.sample(),
      ({ connections }) => connections.every(({ lagBytes }) => lagBytes === 0),
    );
    killed.kill();
    await load.subscribed(1);
    await load.sendOfOneSize(1000);
    const { connections } = await until(
      () => level.final(),
      (each) => each.connections.some(({ delivered }) => delivered === 'all'),
    );
    const kept = connections.map(({ pid, ended, delivered, ackedBytes }) => [
      pid,
      ended,
      delivered,
      ackedBytes,
    ]);
    assert.deepEqual(
      new Set(kept.map((each) => JSON.stringify(each))),
      new Set(
        [
          [staying.pid, false, 'all', load.bytesOf([''])],
          [killed.pid, true, 'unknown', load.bytesOf(['']) / 2],
        ].map((each) => JSON.stringify(each)),
      ),
    );
  });

  it('compares with what an own subscriber received', async (context) => {
    const load = await Load.open(context);
    const own = await UserSubscriber.start(load.url, { highWaterMark: 0 });
    await load.subscribed(1);
    const level = load.level({ own: () => new Map([[own.pid, ['']]]) });
    await level.baseline();
    await load.sendOfOneSize(1000);
    load.send(ONE_TOPIC, END);
    await until(
      () => level.sample(),
      ({ connections: [{ lagBytes, isOwn }] }) => own.ended !== undefined && lagBytes === 0 && isOwn,
    );
    assert.equal(level.calibrate(own.pid, own.ended as number), true);
    assert.equal(level.calibrate(own.pid, (own.ended as number) - 1), undefined);
    assert.equal(level.calibrate(own.pid, (own.ended as number) + 1), false);
  });

  it('tells which queues are not empty where there is no ss', async (context) => {
    const load = await Load.open(context);
    const held = await UserSubscriber.start(load.url);
    await load.subscribed(1);
    const reader = new ConnectionReader([Number(new URL(load.url).port)], { command: '/nowhere/ss' });
    const level = load.level({ reader });
    held.hold();
    await level.baseline();
    await load.sendOfOneSize(EVENTS);
    const report = await until(
      () => level.sample(),
      (each) => each.connections[0].sendQueueBytes > 0,
    );
    assert.equal(report.knows, 'queues');
    assert.equal(report.connections[0].lagBytes, null);
    held.release();
  });
});

/** A publisher that counts what it sends. */
class Load {
  readonly url: string;
  readonly sent: SentBytes;
  private readonly _context: TestContext;
  private readonly _publisher: Publisher;
  private readonly _highWaterMark: number;
  private readonly _isEncrypted: boolean;

  static async open(
    context: TestContext,
    { highWaterMark = 0, curveKeys }: { highWaterMark?: number; curveKeys?: string } = {},
  ): Promise<Load> {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const curve = curveKeys === undefined ? undefined : readServerKeys({ curveKeys });
    const publisher = await Publisher.open({
      bind: [url],
      connect: [],
      highWaterMark,
      lingerMs: 0,
      ...(curve && { curve }),
    });
    context.after(async () => {
      await publisher.close();
      await endAll();
    });
    return new Load(context, url, publisher, highWaterMark, curve !== undefined);
  }

  private constructor(
    context: TestContext,
    url: string,
    publisher: Publisher,
    highWaterMark: number,
    isEncrypted: boolean,
  ) {
    this._context = context;
    this.url = url;
    this.sent = new SentBytes(isEncrypted);
    this._publisher = publisher;
    this._highWaterMark = highWaterMark;
    this._isEncrypted = isEncrypted;
  }

  get events(): number {
    return this.sent.events;
  }

  level(options: Partial<KernelLevelOptions> = {}): KernelLevel {
    const level = new KernelLevel({
      addresses: this._publisher.addresses,
      isEncrypted: this._isEncrypted,
      sent: this.sent,
      highWaterMark: this._highWaterMark,
      subscriptions: () => this._publisher.subscriptions,
      own: () => new Map(),
      ...options,
    });
    this._context.after(() => level.close());
    return level;
  }

  /** Resolves once so many subscriptions have arrived. */
  async subscribed(subscriptions: number): Promise<void> {
    const total = () => [...this._publisher.subscriptions.values()].reduce((sum, each) => sum + each, 0);
    await until(total, (count) => count === subscriptions);
  }

  send(topic: Buffer, payload: Buffer): void {
    this.sent.add(topic, payload.length);
    this._publisher.send([topic, payload]);
  }

  async sendOfManySizes(): Promise<void> {
    for (let i = 0; i < EVENTS; i++) {
      this.send(TOPICS[i % TOPICS.length], ONE_SIZE.subarray(0, 20 + ((i * 37) % 900)));
      if (i % AT_ONCE === 0) await turn();
    }
  }

  async sendOfOneSize(events: number): Promise<void> {
    for (let i = 0; i < events; i++) {
      this.send(ONE_TOPIC, ONE_SIZE);
      if (i % AT_ONCE === 0) await turn();
    }
  }

  /** Sends some events whenever `mayGoOn`, until all is as it should be. */
  async sendUntil(
    look: () => Promise<KernelReport>,
    isRight: (report: KernelReport) => boolean,
    mayGoOn: (report: KernelReport) => boolean,
    payload = ONE_SIZE,
  ): Promise<KernelReport> {
    return until(async () => {
      const report = await look();
      if (mayGoOn(report)) {
        const events = payload === END ? 1 : AT_ONCE;
        for (let i = 0; i < events; i++) this.send(ONE_TOPIC, payload);
      }
      return report;
    }, isRight);
  }

  bytesOf(prefixes: readonly string[]): number {
    return this.sent.forPrefixes(prefixes)?.bytes as number;
  }
}
