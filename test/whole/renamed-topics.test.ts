/** Topics that are sent under other names, to subscribers in Node and in Python. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { type ReplayOptions, replay, startReplay, verify } from '../../src/index.js';
import { writeEvenNight } from '../support/even-night.js';
import {
  endAll,
  freePort,
  PythonSubscriber,
  readRecorded,
  runCli,
  skipWithoutPython,
  startCli,
} from '../support/peer.js';
import { type Message, Receiver } from '../support/receiver.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const EVENTS = 30;
const TOPICS = ['tracker.drive.position', 'tracker.drive.state', 'dome.shutter.state'];
const RENAME = ['tracker.*.state=*.of.tracker', 'tracker.*=sim.*'];
const SENT = ['replay.sim.drive.position', 'replay.drive.of.tracker', 'replay.dome.shutter.state'];

/** Plays a night to a subscriber in this process. @returns what it gets, and the outcome */
async function played(context: TestContext, options: ReplayOptions, count = EVENTS) {
  const folder = temporaryFolder(context);
  const url = `ipc://${join(folder, 'events')}`;
  const receiver = Receiver.connected(url);
  context.after(() => receiver.close());
  const running = replay({
    ...{ databases: nightIn(folder), url, waitSetupS: 0, waitSubscribers: 1, workers: 0 },
    ...{ speedup: 'max', times: 'original' },
    ...options,
  });
  return { messages: await receiver.take(count), outcome: await running, folder };
}

function nightIn(folder: string): string {
  const night = join(folder, 'night.db');
  writeEvenNight(night, { events: EVENTS, ratePerS: 10, fillBytes: 5, topics: TOPICS });
  return night;
}

const textsOf = (messages: readonly Message[]) => messages.map(({ payload }) => payload.toString());

describe('renamed topics', () => {
  after(endAll);

  it('are sent under their new names, with the events as they are', async (context) => {
    const plain = await played(context, {});
    const renamed = await played(context, { prefix: 'replay.', rename: RENAME });
    assert.deepEqual(
      plain.messages.map(({ topic }) => topic),
      plain.messages.map((_, i) => TOPICS[i % TOPICS.length]),
    );
    assert.deepEqual(
      renamed.messages.map(({ topic }) => topic),
      renamed.messages.map((_, i) => SENT[i % SENT.length]),
    );
    assert.deepEqual(textsOf(renamed.messages), textsOf(plain.messages));
    const bytes = renamed.messages.reduce(
      (sum, { topic, payload }) => sum + topic.length + payload.length,
      0,
    );
    assert.equal(renamed.outcome.bytes, bytes);
  });

  it('are those of the recording to all options and commands', async (context) => {
    const { messages, outcome } = await played(
      context,
      {
        ...{ prefix: 'replay.', rename: RENAME, topics: 'tracker.*', exclude: '*.position' },
        ...{ latenessByTopic: true, speedup: 1000, start: '+1s', prime: true },
      },
      8,
    );
    assert.deepEqual(new Set(messages.map(({ topic }) => topic)), new Set([SENT[1]]));
    assert.deepEqual([outcome.primed, outcome.sent], [1, 7]);
    const [{ topic, sentAs }] = outcome.latenessByTopic ?? [];
    assert.deepEqual([topic, sentAs], [TOPICS[1], SENT[1]]);
  });

  it('are told beside the recorded ones: of a step, and of the busiest', async (context) => {
    const folder = temporaryFolder(context);
    const playback = startReplay({
      ...{ databases: nightIn(folder), url: `ipc://${join(folder, 'events')}`, waitSetupS: 0 },
      ...{ startPaused: true, rename: RENAME },
    });
    context.after(() => playback.quit());
    const stepped = await playback.step('dome.*');
    assert.deepEqual([stepped?.topic, stepped?.sentAs], [TOPICS[2], TOPICS[2]]);
    playback.busiestTopics(3);
    assert.equal((await playback.step('tracker.drive.state'))?.sentAs, 'drive.of.tracker');
    const busiest = playback.busiestTopics(3).map(({ topic, sentAs }) => [topic, sentAs]);
    assert.deepEqual(
      new Map(busiest as [string, string][]),
      new Map([
        [TOPICS[0], 'sim.drive.position'],
        [TOPICS[1], 'drive.of.tracker'],
      ]),
    );
  });

  it('are those of the ledger, so that what was received is verified by it', async (context) => {
    const ledger = join(temporaryFolder(context), 'ledger');
    const { messages, folder } = await played(context, { prefix: 'replay.', ledger });
    const received = join(folder, 'received.jsonl');
    const lines = messages.map(
      ({ topic, payload }) => `{"topic":${JSON.stringify(topic)},"event":${payload}}\n`,
    );
    writeFileSync(received, lines.join(''));
    const { missing, foreign, altered } = await verify({ received, sent: ledger });
    assert.deepEqual([missing.count, foreign.count, altered.count], [0, 0, 0]);
    writeFileSync(received, lines.slice(1).join(''));
    assert.equal((await verify({ received, sent: ledger })).missing.count, 1);
  });

  it('are told where no event has a topic of a rule, with the nearest', async (context) => {
    const notices: string[] = [];
    await played(context, { rename: ['trakcer.*=sim.*'], onNotice: (notice) => notices.push(notice) });
    assert.deepEqual(notices, ["rename trakcer.*: no event has such a topic; did you mean 'tracker.*'?"]);
  });

  it('are so on the command line, also of the mock event', async (context) => {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const receiver = Receiver.connected(url);
    context.after(() => receiver.close());
    const program = startCli(['-u', url, '--sleep', '0.01', '--prefix', 'a.', '--rename', 'lrs2.*=b.*']);
    assert.equal((await receiver.next()).topic, 'a.b.hardware.status');
    program.kill('SIGINT');
    assert.equal((await program.outcome).code, 130);
    const { code, stderr } = await runCli(['--rename', 'lrs2']);
    assert.equal(code, 2);
    assert.match(stderr, /^error: Expected --rename to be a topic and its new name, such as /);
  });

  it('reach a subscriber in Python that takes them alone', { skip: skipWithoutPython() }, async (context) => {
    const folder = temporaryFolder(context);
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const record = join(folder, 'recorded');
    const subscriber = await PythonSubscriber.start(url, { topics: ['replay.sim.'], record });
    await replay({
      ...{ databases: nightIn(folder), url, waitSetupS: 0, waitSubscribers: 1, speedup: 'max' },
      ...{ prefix: 'replay.', rename: RENAME },
    });
    const { received, malformed } = await subscriber.result();
    assert.deepEqual([received, malformed], [EVENTS / TOPICS.length, 0]);
    assert.deepEqual(new Set(readRecorded(record).map(({ topic }) => topic)), new Set([SENT[0]]));
  });
});
