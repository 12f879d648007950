/** Relays of publishers over real sockets, by the library. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { ReplayOutcome } from '../../src/measure/outcome.js';
import type { ReplayOptions } from '../../src/options/replay-options.js';
import type { Playback, ReplayStatus } from '../../src/playback/playback.js';
import { startReplay } from '../../src/replay.js';
import { systemClock } from '../../src/shared/clock.js';
import { stampText } from '../../src/shared/send-stamp.js';
import { isSame } from '../../src/verify/comparison.js';
import { verify } from '../../src/verify/verify.js';
import { generateCertificate } from '../../src/zmq/curve/generate-certificate.js';
import { EventStation } from '../support/event-station.js';
import { freePort } from '../support/free-port.js';
import { eventOf, type Message, Receiver } from '../support/receiver.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';

/** A relay that runs, with one subscriber that gets all. */
class Relay {
  readonly playback: Playback;
  readonly receiver: Receiver;
  readonly notices: string[] = [];
  private readonly _stop = new AbortController();

  static async of(context: TestContext, options: ReplayOptions): Promise<Relay> {
    return new Relay(context, `tcp://127.0.0.1:${await freePort()}`, options);
  }

  private constructor(context: TestContext, url: string, options: ReplayOptions) {
    this.receiver = Receiver.connected(url);
    context.after(() => this.receiver.close());
    context.after(() => this._stop.abort());
    this.playback = startReplay({
      ...{ url, waitSetupS: 0, waitSubscribers: 1, highWaterMark: 0, signal: this._stop.signal },
      ...options,
      onNotice: (notice) => this.notices.push(notice),
    });
    this.playback.outcome.catch(() => {});
  }

  until(isRight: (status: ReplayStatus) => boolean): Promise<ReplayStatus> {
    return until(() => this.playback.status(), isRight);
  }

  untilQueued(events: number): Promise<ReplayStatus> {
    return this.until(({ relay }) => relay?.queuedEvents === events);
  }

  stop(): Promise<ReplayOutcome> {
    this._stop.abort();
    return this.playback.outcome;
  }
}

async function stationOf(context: TestContext, url?: string): Promise<EventStation> {
  const station = await EventStation.open(url);
  context.after(() => station.close());
  return station;
}

/** A station whose events are relayed. */
async function relayed(
  context: TestContext,
  options: ReplayOptions = {},
): Promise<{ station: EventStation; relay: Relay }> {
  const station = await stationOf(context);
  const relay = await Relay.of(context, { from: station.url, ...options });
  await station.subscriptions(1);
  return { station, relay };
}

const numberOf = (message: Message) => eventOf(message).n as number;

/** Odd payloads, of which some are no JSON objects. */
const PAYLOADS = [
  '{"a":1.50,"b":1e5,"c":12345678901234567890123456789012345678.0}',
  ' { "a" : "\\u00e9\\ud800" , "__wire_time" : "1521854100.25" } ',
  '{"__wire_time":1521854100.25,"__data_time":null,"a":{"__wire_time":1}}',
  '{"a":NaN,"a":-Infinity,"__data_time":1e400}',
  '{}',
  '[1,2]',
  '',
  Buffer.from([0x81, 0xa1, 0x61, 0x01]),
  Buffer.from('7b2261223a22ff227d', 'hex'),
  `{"pad":"${'x'.repeat(600_000)}"}`,
];

describe('a relay', () => {
  it('sends with --times original the bytes that came, whatever they are', async (t) => {
    const { station, relay } = await relayed(t, { times: 'original' });
    for (const payload of PAYLOADS) await station.sendPayload('a.b.c', payload);
    for (const payload of PAYLOADS)
      assert.deepEqual((await relay.receiver.next()).payload, Buffer.from(payload));
    const { relay: figures, sent } = await relay.stop();
    assert.deepEqual([sent, figures?.received, figures?.unread], [PAYLOADS.length, PAYLOADS.length, 3]);
    assert.match(
      relay.notices.join('\n'),
      /an event of a\.b\.c is no JSON object: such events are sent as they come/,
    );
  });

  it('writes both times anew, and keeps their distance and all else', async (t) => {
    const { station, relay } = await relayed(t);
    const beforeS = systemClock.unixUs() / 1e6;
    await station.sendPayload(
      'a.b.c',
      '{"a":1.50,"__data_time":1521854100,"b": 2,"__wire_time":1521854101.5}',
    );
    const message = await relay.receiver.next();
    const text = message.payload.toString();
    assert.match(text, /^\{"a":1\.50,"__data_time":\d{10}\.\d{6},"b": 2,"__wire_time":\d{10}\.\d{6}\}$/);
    const { __wire_time: wireS, __data_time: dataS } = eventOf(message) as Record<string, number>;
    assert.ok(wireS >= beforeS - 0.001 && wireS <= systemClock.unixUs() / 1e6 + 0.001);
    assert.ok(Math.abs(wireS - dataS - 1.5) < 2e-6);
  });

  it('takes topics by names and patterns, sends them under other names, and has no others sent here', async (t) => {
    const station = await stationOf(t);
    const relay = await Relay.of(t, {
      ...{ from: station.url, topics: ['gc1', 'lrs2.*.status'], exclude: 'lrs2.b.*' },
      ...{ rename: 'lrs2.*=sim.*', prefix: 'live.' },
    });
    assert.deepEqual(await station.subscriptions(2), ['gc1', 'lrs2.']);
    const sent = ['gc1', 'gc10', 'lrs2.a.status', 'lrs2.a.statusx', 'gc', 'lrs2.b.c.status', 'gc1'];
    for (const topic of sent) await station.sendPayload(topic, '{}');
    const topics = (await relay.receiver.take(3)).map(({ topic }) => topic);
    assert.deepEqual(topics, ['live.gc1', 'live.sim.a.status', 'live.gc1']);
    const { relay: figures, filtered } = await relay.stop();
    assert.deepEqual([figures?.received, filtered], [3, 3]);
  });

  it('sends topics to the addresses that have them', async (t) => {
    const station = await stationOf(t);
    const [one, other] = [await freePort(), await freePort()].map((port) => `tcp://127.0.0.1:${port}`);
    const second = Receiver.connected(other);
    t.after(() => second.close());
    const relay = await Relay.of(t, {
      ...{ from: station.url, url: [`${one}=a.*`, `${other}=b.*`], waitSubscribers: 0, startPaused: true },
    });
    const first = Receiver.connected(one);
    t.after(() => first.close());
    assert.deepEqual(await station.subscriptions(2), ['a.', 'b.']);
    for (const topic of ['a.1', 'b.1', 'c.1', 'a.2', 'b.2']) await station.sendPayload(topic, '{}');
    await relay.untilQueued(4);
    await relay.until(({ subscribers }) => subscribers === 2);
    relay.playback.resume();
    assert.deepEqual(
      (await first.take(2)).map(({ topic }) => topic),
      ['a.1', 'a.2'],
    );
    assert.deepEqual(
      (await second.take(2)).map(({ topic }) => topic),
      ['b.1', 'b.2'],
    );
  });

  it('keeps the order of each of two publishers', async (t) => {
    const stations = [await stationOf(t), await stationOf(t)];
    const relay = await Relay.of(t, { from: stations.map(({ url }) => url) });
    for (const station of stations) await station.subscriptions(1);
    const count = 2000;
    for (let i = 0; i < count; i++)
      for (const [n, station] of stations.entries()) await station.sendPayload(`p${n}`, `{"n":${i}}`);
    const messages = await relay.receiver.take(2 * count);
    for (const name of ['p0', 'p1'])
      assert.deepEqual(
        messages.filter(({ topic }) => topic === name).map(numberOf),
        Array.from({ length: count }, (_, i) => i),
      );
    const { relay: figures } = await relay.stop();
    assert.deepEqual(
      figures?.publishers.map(({ url, received }) => [url, received]),
      stations.map(({ url }) => [url, count]),
    );
  });

  it('sends no event earlier than it may, and in order, where it is behind', async (t) => {
    const behindS = 0.5;
    const { station, relay } = await relayed(t, { behindS });
    const sentS: number[] = [];
    for (let n = 0; n < 20; n++) {
      sentS.push(systemClock.unixUs() / 1e6);
      await station.sendPayload('a', `{"n":${n},"__wire_time":${sentS[n].toFixed(6)}}`);
    }
    for (let n = 0; n < 20; n++) {
      const { n: number, __wire_time: wireS } = eventOf(await relay.receiver.next()) as Record<
        string,
        number
      >;
      assert.equal(number, n);
      assert.ok(wireS - sentS[n] >= behindS - 0.001, `event ${n} after ${wireS - sentS[n]} s`);
    }
    const { relay: figures } = await relay.stop();
    assert.deepEqual([figures?.behindS, figures?.offClock], [behindS, 0]);
  });

  it('counts and tells wire times that cannot be right', async (t) => {
    const { station, relay } = await relayed(t, { behindS: 0.01 });
    for (const wireTime of [1521854100, 4_000_000_000])
      await station.sendPayload('a', `{"__wire_time":${wireTime}}`);
    await relay.receiver.take(2);
    const { relay: figures } = await relay.stop();
    assert.equal(figures?.offClock, 2);
    assert.match(
      relay.notices.join('\n'),
      /the wire time of an event of a is .* old when it comes: such events are sent behindS after/,
    );
  });

  it('holds events while it is paused, sends them when that ends, and by steps before', async (t) => {
    const { station, relay } = await relayed(t);
    await station.sendPayload('a', '{"n":0}');
    await relay.receiver.next();
    relay.playback.pause();
    for (let n = 1; n <= 6; n++) await station.sendPayload(n === 4 ? 'b' : 'a', `{"n":${n}}`);
    await relay.untilQueued(6);
    assert.equal((await relay.playback.step())?.topic, 'a');
    assert.equal(numberOf(await relay.receiver.next()), 1);
    assert.equal((await relay.playback.step('b'))?.topic, 'b');
    assert.deepEqual((await relay.receiver.take(3)).map(numberOf), [2, 3, 4]);
    assert.equal(relay.playback.status().state, 'paused');
    relay.playback.resume();
    assert.deepEqual((await relay.receiver.take(2)).map(numberOf), [5, 6]);
    // A step that waits for what has not come yet.
    const step = relay.playback.step();
    await station.sendPayload('a', '{"n":7}');
    await step;
    assert.equal(numberOf(await relay.receiver.next()), 7);
    const { pauses, relay: figures } = await relay.stop();
    assert.deepEqual([pauses.count, figures?.dropped, figures?.unsent], [1, 0, 0]);
  });

  it('drops and counts what comes while its queue is full, and goes on then', async (t) => {
    const { station, relay } = await relayed(t, { startPaused: true, queueBytes: 100_000 });
    const count = 500;
    for (let n = 0; n < count; n++) await station.sendPayload('a', `{"n":${n},"pad":"${'x'.repeat(1000)}"}`);
    await relay.until(
      ({ relay: waits }) => waits !== undefined && waits.queuedEvents + waits.dropped === count,
    );
    const { dropped = 0, queuedBytes = 0 } = relay.playback.status().relay ?? {};
    assert.ok(dropped > 300 && queuedBytes <= 101_000);
    relay.playback.resume();
    const kept = count - dropped;
    assert.deepEqual((await relay.receiver.take(kept)).map(numberOf), [...Array(kept).keys()]);
    await station.sendPayload('a', '{"n":-1}');
    assert.equal(numberOf(await relay.receiver.next()), -1);
    const outcome = await relay.stop();
    assert.deepEqual([outcome.relay?.dropped, outcome.sent], [dropped, kept + 1]);
    const told = relay.notices.join('\n');
    assert.match(
      told,
      /100 kB of events wait, the most that queueBytes allows: events that come are dropped/,
    );
    assert.ok(told.includes(`Events are taken again; ${dropped} events were dropped before`), told);
  });

  it('goes on with a publisher that restarts, and counts what stamps tell of losses', async (t) => {
    const before = await stationOf(t);
    const { url } = before;
    const relay = await Relay.of(t, { from: url });
    await before.subscriptions(1);
    const send = (station: EventStation, number: number, sentUs: number) =>
      station.sendPayload('a.b.c', `{"n":${number}}`, stampText({ sentUs, number }));
    for (const number of [5, 6, 9]) await send(before, number, 1e15 + number);
    await relay.receiver.take(3);
    before.close();
    // The address is free some time after the socket was closed.
    const again = await until(
      () => stationOf(t, url).catch(() => undefined),
      (station) => station !== undefined,
    );
    assert.ok(again);
    await again.subscriptions(1);
    for (const number of [1, 2]) await send(again, number, 2e15 + number);
    assert.deepEqual((await relay.receiver.take(2)).map(numberOf), [1, 2]);
    const { relay: figures } = await relay.stop();
    assert.deepEqual([figures?.received, figures?.lost, figures?.publishers[0].disconnects], [5, 2, 1]);
    assert.match(
      relay.notices.join('\n'),
      /The connection to tcp:\S+ is lost: .*not relayed\nConnected to tcp:\S+ again/,
    );
  });

  it('leaves out messages without a payload, and counts them', async (t) => {
    const { station, relay } = await relayed(t);
    await station.sendFrames('a');
    await station.sendPayload('a', '{"n":1}');
    assert.equal(numberOf(await relay.receiver.next()), 1);
    const { relay: figures, sent } = await relay.stop();
    assert.deepEqual([figures?.received, figures?.leftOut, sent], [2, 1, 1]);
  });

  it('refuses another speed and another time, and goes on', async (t) => {
    const { station, relay } = await relayed(t);
    const { playback } = relay;
    assert.throws(() => playback.changeSpeed(2), /A relay has the pace of its publishers/);
    const jumps = [
      () => playback.seek('+1s'),
      () => playback.seekBy(1),
      () => playback.nextGap(),
      () => playback.nextEvent('a'),
    ];
    for (const jump of jumps)
      await assert.rejects(jump(), /Live publishers send what happens now: there is no other time to go to/);
    await station.sendPayload('a', '{"n":1}');
    assert.equal(numberOf(await relay.receiver.next()), 1);
  });

  it('ends after its duration, when what waits is sent, and at its limit', async (t) => {
    const { station, relay } = await relayed(t, { duration: 0.5, behindS: 2 });
    await station.sendPayload('a', `{"n":1,"__wire_time":${systemClock.unixUs() / 1e6}}`);
    const outcome = await relay.playback.outcome;
    assert.deepEqual([outcome.endedBy, outcome.sent, outcome.relay?.unsent], ['end', 1, 0]);
    const limited = await relayed(t, { limit: 3 });
    for (let n = 0; n < 10; n++) await limited.station.sendPayload('a', `{"n":${n}}`);
    const { endedBy, sent } = await limited.relay.playback.outcome;
    assert.deepEqual([endedBy, sent], ['limit', 3]);
  });

  it('says how many events waited when it was stopped', async (t) => {
    const { station, relay } = await relayed(t, { behindS: 3600 });
    for (let n = 0; n < 7; n++)
      await station.sendPayload('a', `{"n":${n},"__wire_time":${systemClock.unixUs() / 1e6}}`);
    await relay.untilQueued(7);
    const { endedBy, sent, relay: figures } = await relay.stop();
    assert.deepEqual([endedBy, sent], ['abort', 0]);
    assert.equal(figures?.unsent, 7);
  });

  it('relays a publisher that encrypts', async (t) => {
    const { secretFile, publicFile } = generateCertificate(join(temporaryFolder(t), 'key'), false);
    const from = `tcp://127.0.0.1:${await freePort()}`;
    const stop = new AbortController();
    t.after(() => stop.abort());
    const publisher = startReplay({
      ...{ url: from, curveKeys: secretFile, sleepS: 0.02, waitSetupS: 0, signal: stop.signal },
    });
    const relay = await Relay.of(t, { from, curveServer: publicFile, limit: 3 });
    assert.deepEqual(
      (await relay.receiver.take(3)).map(({ topic }) => topic),
      Array(3).fill('lrs2.hardware.status'),
    );
    assert.equal((await relay.playback.outcome).sent, 3);
    stop.abort();
    await publisher.outcome;
  });

  it('writes a ledger by which a subscriber can be verified', async (t) => {
    const folder = temporaryFolder(t);
    const ledger = join(folder, 'relay.ledger');
    const { station, relay } = await relayed(t, { ledger, limit: 5 });
    for (let n = 0; n < 5; n++) await station.send();
    const messages = await relay.receiver.take(5);
    await relay.playback.outcome;
    const received = join(folder, 'received.jsonl');
    const lines = messages.map((message) =>
      JSON.stringify({ topic: message.topic, event: eventOf(message) }),
    );
    writeFileSync(received, lines.join('\n'));
    const comparison = await verify({ sent: ledger, received });
    assert.deepEqual([comparison.sent, isSame(comparison)], [5, true]);
  });
});
