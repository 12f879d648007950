/** Addresses that have topics of their own, as each control system of the HET has an Event Route, to subscribers in Node and in Python. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { type ReplayOptions, replay, startReplay } from '../../src/index.js';
import { readLedger } from '../../src/ledger/read-ledger.js';
import type { ReplayOutcome } from '../../src/measure/outcome.js';
import { writeEvenNight } from '../support/even-night.js';
import {
  endAll,
  freePort,
  PythonSubscriber,
  readRecorded,
  runCli,
  skipWithoutPython,
} from '../support/peer.js';
import { eventOf, Receiver } from '../support/receiver.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const EVENTS = 400;
const TOPICS = ['tracker.drive.position', 'dome.shutter.state', 'legacy.weather.wind', 'tracker.drive.state'];

function nightIn(folder: string, fillBytes = 5): string {
  const night = join(folder, 'night.db');
  writeEvenNight(night, { events: EVENTS, ratePerS: 1000, fillBytes, topics: TOPICS });
  return night;
}

/** The numbers of the events of some topics, in order. */
function numbersOf(...topics: string[]): string[] {
  return Array.from({ length: EVENTS }, (_, i) => i)
    .filter((i) => topics.includes(TOPICS[i % TOPICS.length]))
    .map((i) => String(i + 1).padStart(8, '0'));
}

const TRACKER = numbersOf(TOPICS[0], TOPICS[3]);

/** Plays a night to a subscriber in this process at each address. @param topics of each address, as after its `=` */
async function played(context: TestContext, topics: readonly string[], options: ReplayOptions = {}) {
  const folder = temporaryFolder(context);
  const urls = topics.map((_, i) => `ipc://${join(folder, `route-${i}`)}`);
  const receivers = urls.map((url) => Receiver.connected(url));
  context.after(() => {
    for (const receiver of receivers) receiver.close();
  });
  const outcome = await replay({
    databases: nightIn(folder),
    url: urls.map((url, i) => (topics[i] === '' ? url : `${url}=${topics[i]}`)),
    ...{ waitSetupS: 0, waitSubscribers: urls.length, workers: 0, speedup: 'max' },
    ...options,
  });
  const numbersAt = async (i: number, count: number) =>
    (await receivers[i].take(count)).map((message) => eventOf(message).number);
  return { outcome, urls, numbersAt };
}

describe('addresses with topics', () => {
  after(endAll);

  it('get the events of these, in order, and are counted each', async (context) => {
    const { outcome, urls, numbersAt } = await played(context, ['tracker.*', 'dome.*,*.state', '']);
    const ofDome = numbersOf(TOPICS[1], TOPICS[3]);
    const all = numbersOf(...TOPICS);
    assert.deepEqual(await numbersAt(0, TRACKER.length), TRACKER);
    assert.deepEqual(await numbersAt(1, ofDome.length), ofDome);
    assert.deepEqual(await numbersAt(2, EVENTS), all);
    assert.deepEqual([outcome.sent, outcome.filtered], [EVENTS, 0]);
    assert.deepEqual(outcome.subscribers, { atStart: 3, most: 3 });
    assert.deepEqual(
      outcome.routes.map(({ addresses, topics, events }) => [addresses, topics, events]),
      [
        [[urls[0]], ['tracker.*'], TRACKER.length],
        [[urls[1]], ['dome.*', '*.state'], ofDome.length],
        [[urls[2]], [], EVENTS],
      ],
    );
    assert.equal(outcome.routes[2].bytes, outcome.bytes);
    assert.deepEqual(outcome.undelivered, { subscribers: 0, mostEvents: 0 });
  });

  it('leave out events that none wants, as those that were not selected', async (context) => {
    const { outcome, numbersAt } = await played(context, ['tracker.*', 'dome.*'], {
      topics: ['*.state', 'legacy.*'],
      prefix: 'replay.',
    });
    const ofTracker = numbersOf(TOPICS[3]);
    const ofDome = numbersOf(TOPICS[1]);
    assert.deepEqual(await numbersAt(0, ofTracker.length), ofTracker);
    assert.deepEqual(await numbersAt(1, ofDome.length), ofDome);
    const sent = ofTracker.length + ofDome.length;
    assert.deepEqual([outcome.sent, outcome.filtered], [sent, EVENTS - sent]);
  });

  for (const [how, options] of [
    ['from a prepared file', { prepare: true, workers: 1 }],
    ['by SQLite', { reader: 'sql' }],
  ] as const) {
    it(`get the state before the start, and no other events: ${how}`, async (context) => {
      const { outcome, numbersAt } = await played(context, ['tracker.*', 'dome.*'], {
        ...{ start: '+0.2s', prime: true },
        ...options,
      });
      const [ofTracker, ofDome] = [TRACKER, numbersOf(TOPICS[1])].map((all) => all.slice(-all.length / 2));
      assert.deepEqual((await numbersAt(0, 2 + ofTracker.length)).slice(2), ofTracker);
      assert.deepEqual((await numbersAt(1, 1 + ofDome.length)).slice(1), ofDome);
      assert.deepEqual(
        outcome.routes.map(({ events }) => events),
        [2 + ofTracker.length, 1 + ofDome.length],
      );
      assert.deepEqual([outcome.primed, outcome.sent], [3, ofTracker.length + ofDome.length]);
    });
  }

  it('are one socket with topics selected where there is one set of them', async (context) => {
    const { outcome, numbersAt } = await played(context, ['tracker.*', 'tracker.*']);
    for (const i of [0, 1]) assert.deepEqual(await numbersAt(i, TRACKER.length), TRACKER);
    assert.deepEqual([outcome.sent, outcome.routes], [TRACKER.length, []]);
  });

  it('are told where no event has their topics', async (context) => {
    const notices: string[] = [];
    const { outcome } = await played(context, ['tracker.*', 'doom.*'], {
      onNotice: (notice) => notices.push(notice),
    });
    assert.deepEqual(notices, ["url doom.*: no event has such a topic; did you mean 'dome.*'?"]);
    assert.deepEqual(outcome.unmatchedTopics, ['doom.*']);
  });

  it('are found by jumps and steps to a topic, and by no other', async (context) => {
    const folder = temporaryFolder(context);
    const playback = startReplay({
      databases: nightIn(folder),
      url: [`ipc://${join(folder, 'a')}=tracker.*`, `ipc://${join(folder, 'b')}=legacy.*`],
      ...{ waitSetupS: 0, startPaused: true },
    });
    context.after(() => playback.quit());
    assert.equal((await playback.step('legacy.*'))?.topic, TOPICS[2]);
    await assert.rejects(playback.step('dome.*'), { code: 'BAD_OPTION' });
    assert.equal(await playback.nextEvent('dome.*'), undefined);
  });

  it('are refused by a load test', async () => {
    const { code, stderr } = await runCli(['loadtest', 'night.db', '-u', 'tcp://127.0.0.1:1=x']);
    assert.equal(code, 2);
    assert.match(stderr, /^error: Expected --url to be addresses without topics in a load test/);
  });

  it('are in the summary, and in the metrics', async (context) => {
    const folder = temporaryFolder(context);
    const [one, two] = [`ipc://${join(folder, 'a')}`, `ipc://${join(folder, 'b')}`];
    const port = await freePort();
    const args = [nightIn(folder), '-u', `${one}=tracker.*`, '-u', `${two}=dome.*`, '--wait-setup', '0'];
    const { code, stdout } = await runCli([...args, '-s', 'max']);
    assert.equal(code, 0);
    const unwrapped = stdout.replace(/\s+/g, ' ');
    assert.ok(unwrapped.includes(`of these 200 events of tracker.* to no subscriber at ${one}`), stdout);
    assert.ok(unwrapped.includes(`of these 100 events of dome.* to no subscriber at ${two}`), stdout);
    const playback = startReplay({
      databases: join(folder, 'night.db'),
      url: [`${one}=tracker.*`, `${two}=dome.*`],
      ...{ waitSetupS: 0, startPaused: true, metrics: port, rename: 'dome.*=sim.*' },
    });
    context.after(() => playback.quit());
    await playback.step(3);
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    assert.match(text, new RegExp(`^tcs_replay_address_events_total\\{address="${one}"\\} 2$`, 'm'));
    assert.match(text, new RegExp(`^tcs_replay_address_events_total\\{address="${two}"\\} 1$`, 'm'));
    assert.match(text, new RegExp(`^tcs_replay_address_subscribers\\{address="${two}"\\} 0$`, 'm'));
    assert.match(
      text,
      /^tcs_replay_topic_events_total\{topic="dome.shutter.state",sent_as="sim.shutter.state"\} 1$/m,
    );
  });

  it('send all to one subscriber in Python that connects to all of them', {
    skip: skipWithoutPython(),
  }, async (context) => {
    const folder = temporaryFolder(context);
    const urls = [`tcp://127.0.0.1:${await freePort()}`, `tcp://127.0.0.1:${await freePort()}`];
    const record = join(folder, 'recorded');
    const subscriber = await PythonSubscriber.start(urls, { record });
    const [tracker, others] = urls;
    const outcome = await replay({
      ...{ databases: nightIn(folder), url: [`${tracker}=tracker.*`, `${others}=dome.*,legacy.*`] },
      ...{ waitSetupS: 0, waitSubscribers: 2, speedup: 'max' },
    });
    const { received } = await subscriber.result();
    assert.deepEqual([received, outcome.sent], [EVENTS, EVENTS]);
    const recorded = readRecorded(record);
    const numbers = recorded
      .filter(({ topic }) => topic.startsWith('tracker.'))
      .map(({ payloadText }) => JSON.parse(payloadText).number);
    assert.deepEqual(numbers, TRACKER);
  });

  it('wait for a slow subscriber at one of them, so that none anywhere loses an event', {
    skip: skipWithoutPython(),
  }, async (context) => {
    const folder = temporaryFolder(context);
    const urls = [`tcp://127.0.0.1:${await freePort()}`, `tcp://127.0.0.1:${await freePort()}`];
    const records = [join(folder, 'slow'), join(folder, 'fast')];
    const slow = await PythonSubscriber.start(urls[0], {
      record: records[0],
      highWaterMark: 10,
      eachS: 0.01,
    });
    const fast = await PythonSubscriber.start(urls[1], { record: records[1] });
    const ledger = join(folder, 'ledger');
    // More than the buffers of the system hold for one that reads slowly, and sent in less time than it takes.
    const outcome: ReplayOutcome = await replay({
      ...{ databases: nightIn(folder, 65_536), url: [`${urls[0]}=tracker.*,dome.*`, `${urls[1]}=*`] },
      ...{ waitSetupS: 0, waitSubscribers: 2, speedup: 'max', ledger },
      ...{ onFull: 'block', highWaterMark: 10, lingerMs: -1 },
    });
    assert.ok(outcome.blocked.count > 0, JSON.stringify(outcome.blocked));
    assert.equal((await readLedger(ledger)).events.count, EVENTS);
    const expected = [numbersOf(TOPICS[0], TOPICS[1], TOPICS[3]), numbersOf(...TOPICS)];
    for (const [i, subscriber] of [slow, fast].entries()) {
      await subscriber.result();
      const numbers = readRecorded(records[i]).map(({ payloadText }) => JSON.parse(payloadText).number);
      assert.deepEqual(numbers, expected[i]);
    }
    assert.deepEqual(
      outcome.routes.map(({ events }) => events),
      expected.map(({ length }) => length),
    );
  });
});
