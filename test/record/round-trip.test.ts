import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { generate } from '../../src/generate/generate.js';
import type { ReplayOptions } from '../../src/options/replay-options.js';
import { type RecordOptions, type RecordOutcome, record } from '../../src/record.js';
import { replay } from '../../src/replay.js';
import { mcapFaults } from '../support/mcap-doctor.js';
import { writeOddNight } from '../support/odd-night.js';
import { Parity } from '../support/parity.js';
import { endAll, freePort, RunningProgram, requirePython, skipWithoutPython } from '../support/peer.js';
import { type Message, Receiver } from '../support/receiver.js';
import { recordedMcap } from '../support/recorded-mcap.js';
import { temporaryFolder } from '../support/temporary-folder.js';

after(endAll);

const MODEL = join(import.meta.dirname, '../../../bench/peer/tcs_model.py');
const CONVERTED = { convertNumber: true, convertBool: true };

/** Plays databases to a recorder and to a subscriber. Both get all. */
async function playAndRecord(
  { events, path, ...options }: { events: number; path: string } & Partial<RecordOptions>,
  played: ReplayOptions,
): Promise<{ messages: Message[]; outcome: RecordOutcome }> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const receiver = Receiver.connected(url);
  try {
    const recording = record({ path, url, limit: events, ...options });
    await replay({ ...played, url, waitSubscribers: 2, highWaterMark: 0 });
    return { messages: await receiver.take(events), outcome: await recording };
  } finally {
    receiver.close();
  }
}

/** Plays a database to a subscriber. */
async function play(events: number, played: ReplayOptions): Promise<Message[]> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const receiver = Receiver.connected(url);
  try {
    await replay({ ...played, url, waitSubscribers: 1, highWaterMark: 0 });
    return await receiver.take(events);
  } finally {
    receiver.close();
  }
}

/**
 * Payloads without the times, which each replay writes anew; all else byte for byte. A time that is a string, such as one that was a
 * BLOB, is a time in the recording: there all values are texts.
 */
function texts(messages: readonly Message[]): string[] {
  return messages.map(
    ({ topic, payload }) =>
      `${topic} ${payload.toString().replaceAll(/"__(?:wire|data)_time": ?"?-?[\d.e+]+"?/g, '"time"')}`,
  );
}

/** As `deepEqual`, with a message of one line. */
function assertSame(found: readonly unknown[], expected: readonly unknown[]): void {
  for (const [i, each] of expected.entries()) assert.deepEqual(found[i], each, `event ${i}`);
  assert.equal(found.length, expected.length);
}

/** The wire times, in microseconds after the first. */
function spacing(messages: readonly Message[]): number[] {
  const times = messages.map(({ payload }) =>
    Math.round(1e6 * (JSON.parse(payload.toString()) as { __wire_time: number }).__wire_time),
  );
  return times.map((time) => time - times[0]);
}

function place(context: TestContext): { night: string; recorded: string; mcap: string } {
  const folder = temporaryFolder(context);
  return {
    night: join(folder, 'night.db'),
    recorded: join(folder, 'recorded.db'),
    mcap: join(folder, 'recorded.mcap'),
  };
}

describe('a recording of a replay', () => {
  for (const converted of [CONVERTED, {}])
    it(`replays every odd event as it came, ${'convertNumber' in converted ? 'converted' : 'as texts'}`, async (t) => {
      const { night, recorded } = place(t);
      const events = writeOddNight(night).length;
      const odd = await playAndRecord(
        { events, path: recorded },
        { databases: night, speedup: Number.POSITIVE_INFINITY, ...converted },
      );
      assert.deepEqual([odd.outcome.written, odd.outcome.notEvents, odd.outcome.dropped], [events, 0, 0]);
      const again = await play(events, {
        databases: recorded,
        speedup: Number.POSITIVE_INFINITY,
        ...CONVERTED,
      });
      assertSame(texts(again), texts(odd.messages));
    });

  it('has the same events in the same order at the same distances, byte for byte', async (t) => {
    const { night, recorded } = place(t);
    const events = 500;
    await generate({ path: night, events, durationS: 1, topics: 20, seed: 7 });
    const first = await playAndRecord({ events, path: recorded }, { databases: night, ...CONVERTED });
    const again = await play(events, { databases: recorded, ...CONVERTED });
    assertSame(texts(again), texts(first.messages));
    const [before, now] = [spacing(first.messages), spacing(again)];
    for (let i = 0; i < events; i++) assert.ok(Math.abs(now[i] - before[i]) <= 1, `event ${i}`);
    const topics = new Map<string, number>();
    for (const { topic } of first.messages) topics.set(topic, 1 + (topics.get(topic) ?? 0));
    assert.deepEqual(
      new Map(first.outcome.topics.map(({ topic, written }) => [topic, written])),
      new Map([...topics].sort(([, a], [, b]) => b - a)),
    );
  });

  it('is the same in an MCAP, byte for byte, for odd events too', async (t) => {
    const { night, mcap } = place(t);
    const events = writeOddNight(night).length;
    const speedup = Number.POSITIVE_INFINITY;
    const odd = await playAndRecord({ events, path: mcap }, { databases: night, speedup, times: 'original' });
    assert.deepEqual([odd.outcome.written, odd.outcome.notEvents, odd.outcome.dropped], [events, 0, 0]);
    assert.deepEqual(await mcapFaults(readFileSync(mcap)), []);
    const { messages } = await recordedMcap(mcap);
    assertSame(
      messages.map(({ topic, payload }) => `${topic} ${payload}`),
      odd.messages.map(({ topic, payload }) => `${topic} ${payload}`),
    );
    const again = await play(events, { databases: mcap, speedup, times: 'original' });
    assertSame(texts(again), texts(odd.messages));
  });

  it('has the same distances in an MCAP, whose log times are wire times and publish times data times', async (t) => {
    const { night, mcap } = place(t);
    const events = 500;
    await generate({ path: night, events, durationS: 1, topics: 20, seed: 7 });
    const first = await playAndRecord({ events, path: mcap }, { databases: night, ...CONVERTED });
    const again = await play(events, { databases: mcap });
    assertSame(texts(again), texts(first.messages));
    const [before, now] = [spacing(first.messages), spacing(again)];
    for (let i = 0; i < events; i++) assert.ok(Math.abs(now[i] - before[i]) <= 1, `event ${i}`);
    const { messages, schemas, metadata } = await recordedMcap(mcap);
    for (const { payload, logTime, publishTime } of messages) {
      const { __wire_time, __data_time } = JSON.parse(payload) as Record<string, number>;
      assert.deepEqual(
        [Number(logTime / 1000n), Number(publishTime / 1000n)],
        [Math.round(1e6 * __wire_time), Math.round(1e6 * __data_time)],
      );
    }
    for (const [topic, { title, type, properties }] of schemas) {
      assert.deepEqual([title, type], [topic, 'object']);
      const { payload } = messages.find((message) => message.topic === topic) ?? { payload: '{}' };
      assert.deepEqual(
        Object.entries(properties as Record<string, { type: string }>).map(([key, each]) => [key, each.type]),
        Object.entries(JSON.parse(payload) as object).map(([key, value]) => [key, typeof value]),
      );
    }
    const [{ name, metadata: entries }] = metadata;
    assert.equal(name, 'tcs-replay');
    assert.equal(entries.get('command'), 'record');
    assert.match(entries.get('urls') ?? '', /^\["tcp:/);
  });

  it('is the same to a Python program as what another one sent: every odd event', {
    skip: skipWithoutPython(),
  }, async (t) => {
    const { night, recorded } = place(t);
    const events = writeOddNight(night).length;
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const asRecorded = [night, '--times', 'original', '--flat-out', '--convert-number', '--convert-bool'];
    const recording = record({ path: recorded, url, limit: events });
    const waits = ['--hwm', '0', '--wait-setup', '3'];
    const model = new RunningProgram(requirePython(), [MODEL, ...waits, '--url', url, ...asRecorded]);
    assert.equal((await model.outcome).code, 0);
    assert.equal((await recording).written, events);
    const parity = new Parity();
    t.after(() => parity.end());
    const comparison = await parity.compare(
      { url, model: asRecorded, records: [`${recorded}.sent`, `${recorded}.again`], rewritten: false },
      () =>
        replay({
          ...{
            databases: recorded,
            url,
            times: 'original',
            speedup: 'max',
            highWaterMark: 0,
            waitSubscribers: 1,
          },
          ...CONVERTED,
        }).then(() => {}),
    );
    assert.deepEqual(comparison.messages, [events, events]);
    assert.ok(comparison.equal, JSON.stringify(comparison));
  });
});
