import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { generate, replay, TcsReplayError, verify } from '../../src/index.js';
import { freePort, PythonSubscriber, readRecorded, runCli, skipWithoutPython } from '../support/peer.js';
import { writeEvents } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const EVENTS = 1000;

interface Received {
  readonly topic: string;
  /** Times that were written anew are numbers. */
  readonly payload: Record<string, string | number>;
  readonly receivedS: number;
}

interface Stage {
  readonly folder: string;
  readonly night: string;
  readonly ledger: string;
  readonly received: Received[];
}

/** Plays a night to a subscriber in Python, and keeps the ledger, and what came. */
async function played(context: TestContext, options = {}): Promise<Stage> {
  const folder = temporaryFolder(context);
  const [night, ledger, record] = ['night.db', 'sent.ledger', 'record'].map((name) => join(folder, name));
  await generate({ path: night, events: EVENTS, topics: 12, seed: 7 });
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const subscriber = await PythonSubscriber.start(url, { record });
  const waits = { waitSetupS: 0, waitSubscribers: 1, workers: 0 };
  await replay({ databases: night, url, ...waits, speedup: 'max', ledger, ...options });
  await subscriber.result();
  const received = readRecorded(record).map(({ topic, payloadText, receivedAtS }) => ({
    topic,
    payload: JSON.parse(payloadText),
    receivedS: receivedAtS,
  }));
  return { folder, night, ledger, received };
}

/** What a bad logger keeps: without three events, a topic and the tail, with two twice, four swapped, one altered. */
function spoilt(received: readonly Received[], topic: string): Received[] {
  const kept = [...received];
  const altered = { ...kept[499].payload, __system: 'another' };
  kept[499] = { ...kept[499], payload: altered };
  for (const at of [299, 309]) [kept[at], kept[at + 1]] = [kept[at + 1], kept[at]];
  kept.splice(200, 1, kept[200], kept[200]);
  kept.splice(199, 1, kept[199], kept[199]);
  kept.splice(100, 3);
  return kept.slice(0, -4).filter((event) => event.topic !== topic);
}

function writeDatabase(path: string, events: readonly Received[]): void {
  writeEvents(
    path,
    events.map(({ topic, payload }, i) => ({
      id: BigInt(i + 1),
      topic,
      dataTime: null,
      attributes: Object.entries(payload).map(([key, value]) => ({
        key,
        value: String(value),
        dataType: 'string',
      })),
    })),
  );
}

function jsonLines(events: readonly Received[]): string {
  return events
    .map(
      ({ topic, payload, receivedS }) =>
        `${JSON.stringify({ topic, received: receivedS, event: payload })}\n`,
    )
    .join('');
}

describe('verify', { skip: skipWithoutPython() }, () => {
  it('finds what a logger has lost, doubled, swapped and altered, by number, in a database', async (context) => {
    const { folder, ledger, received } = await played(context);
    const logger = join(folder, 'logger.db');
    writeDatabase(logger, received);
    assert.deepEqual(await runCli(['verify', '--workers', '0', ledger, logger]).then(({ code }) => code), 0);

    const gone = received[0].topic;
    const kept = spoilt(received, gone);
    const ofGone = received.filter(({ topic }) => topic === gone).length;
    const path = join(folder, 'spoilt.db');
    writeDatabase(path, kept);
    const { code, stdout } = await runCli(['verify', '--workers', '0', '--json', ledger, path]);
    assert.equal(code, 3);
    const found = JSON.parse(stdout);
    const isKept = (number: number) => received[number - 1].topic !== gone;
    const numbers = (list: { first: { number: number }[] }) => list.first.map(({ number }) => number);
    assert.equal(found.sent, EVENTS);
    assert.equal(found.received, kept.length);
    const also = received.filter(
      ({ topic }, i) => topic !== gone && ((i >= 100 && i < 103) || i >= EVENTS - 4),
    );
    assert.equal(found.missing.count, ofGone + also.length);
    assert.deepEqual(found.missingTopics, [gone]);
    assert.ok(found.missingAtEnd >= 4);
    assert.deepEqual(numbers(found.doubled), [200, 201].filter(isKept));
    assert.deepEqual(
      numbers(found.reordered),
      [300, 310].filter((n) => isKept(n) && isKept(n + 1)),
    );
    assert.deepEqual(numbers(found.altered), [500].filter(isKept));
    assert.equal(found.foreign.count, 0);

    const { stdout: report } = await runCli(['verify', '--workers', '0', ledger, path]);
    assert.match(report, /^1,000 events sent, \d+ received: they differ\n/);
    for (const line of report.split('\n')) assert.ok(line.length <= 80, line);
  });

  it('reads JSON lines, CSV and their compressed forms, and sums up the delay', async (context) => {
    const { folder, ledger, received } = await played(context);
    const lines = jsonLines(received);
    const pairs = received
      .map((e) => `${JSON.stringify([e.topic, JSON.stringify(e.payload), e.receivedS])}\n`)
      .join('');
    const flat = received.map((e) => `${JSON.stringify({ topic: e.topic, ...e.payload })}\n`).join('');
    const quotedCsv = (value: string | number) => `"${String(value).replaceAll('"', '""')}"`;
    const csv = received
      .map(({ topic, payload }) => `${topic},${quotedCsv(JSON.stringify(payload))}\n`)
      .join('');
    const keys = [...new Set(received.flatMap(({ payload }) => Object.keys(payload)))];
    const wide = received
      .map(({ topic, payload }) => `${[topic, ...keys.map((key) => payload[key] ?? '')].map(quotedCsv)}\n`)
      .join('');
    for (const [name, text, hasDelay] of [
      ['lines.jsonl', lines, true],
      ['pairs.jsonl', pairs, true],
      ['flat.jsonl', flat, false],
      ['payload.csv', `topic,payload\n${csv}`, false],
      ['wide.csv', `topic,${keys.map(quotedCsv)}\n${wide}`, false],
      ['lines.jsonl.gz', lines, true],
    ] as const) {
      const path = join(folder, name);
      writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
      const found = await verify({ sent: ledger, received: path });
      assert.deepEqual([found.missing.count, found.altered.count, found.foreign.count], [0, 0, 0], name);
      assert.equal(found.delay !== undefined, hasDelay, name);
      assert.equal(found.delay?.events ?? EVENTS, EVENTS, name);
    }
  });

  it('holds a logger against the night itself, whatever times the replay has written', async (context) => {
    const { folder, night, received } = await played(context, { times: 'now', ledger: undefined });
    const path = join(folder, 'logger.jsonl');
    writeFileSync(path, jsonLines(received.toSpliced(10, 2)));
    const found = await verify({ sent: night, received: path });
    assert.deepEqual([found.matchedBy, found.sent, found.missing.count], ['content', EVENTS, 2]);
    assert.deepEqual(found.missing.first, [{ first: 11, last: 12 }]);
  });

  it('leaves topics out that the subscriber did not want', async (context) => {
    const { folder, ledger, received } = await played(context);
    const [{ topic }] = received;
    const path = join(folder, 'logger.jsonl');
    const wanted = received.filter((event) => event.topic === topic);
    writeFileSync(path, jsonLines(wanted));
    const { sent, missing } = await verify({ sent: ledger, received: path, topics: topic });
    assert.deepEqual([sent, missing.count], [wanted.length, 0]);
    const rest = await verify({ sent: ledger, received: path, exclude: topic });
    assert.deepEqual([rest.received, rest.missing.count], [0, EVENTS - wanted.length]);
  });

  it('reads a ledger whose writer was killed, and says so', async (context) => {
    const { folder, ledger, received } = await played(context);
    const cut = join(folder, 'cut.ledger');
    writeFileSync(cut, readFileSync(ledger).subarray(0, -10));
    const path = join(folder, 'logger.jsonl');
    writeFileSync(path, jsonLines(received));
    const notices: string[] = [];
    const { missing } = await verify({
      sent: cut,
      received: path,
      onNotice: (notice) => notices.push(notice),
    });
    assert.equal(missing.count, 0);
    assert.match(notices.join(), /cut\.ledger was not finished/);
  });
});

describe('verify', () => {
  it('says what is wrong with a file, and where', async (context) => {
    const folder = temporaryFolder(context);
    const write = (name: string, content: string) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const night = join(folder, 'night.db');
    await generate({ path: night, events: 10, seed: 1 });
    for (const [received, expected] of [
      [join(folder, 'none.db'), /Cannot read .*none\.db/],
      [write('text.txt', 'hello'), /a SQLite database, JSON lines, or CSV with a column named topic/],
      [
        write('odd.jsonl', '{"topic":"a","event":{}}\n{"x":1}\n'),
        /in line 2 of .*odd\.jsonl, found \{"x":1\}/,
      ],
      [write('broken.jsonl', '{"topic":"a","event":{}}\n{"topic"\n'), /in line 2 of .*broken\.jsonl/],
      [write('odd.csv', 'topic,a\n1,2\n1,2,3\n'), /odd\.csv as CSV: .*line/],
    ] as const)
      await assert.rejects(verify({ sent: night, received }), (error) => {
        assert.ok(error instanceof TcsReplayError);
        assert.match(error.message, expected);
        return true;
      });
    const empty = await verify({ sent: night, received: write('empty.jsonl', '') });
    assert.equal(empty.missing.count, 10);
  });

  it('refuses to write a ledger over another file, and with payloads that are no JSON', async (context) => {
    const folder = temporaryFolder(context);
    const night = join(folder, 'night.db');
    await generate({ path: night, events: 10, seed: 1 });
    const before = readFileSync(night);
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const options = ['-u', url, '--wait-setup', '0', '-s', 'max', '--quiet'];
    const { code, stderr } = await runCli([night, ...options, '--ledger', night]);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /Expected --ledger to be a new file, or a ledger to replace, got ".*night\.db", which is another file$/m,
    );
    assert.deepEqual(readFileSync(night), before);
    const packed = await runCli([night, ...options, '--ledger', join(folder, 'l'), '--format', 'msgpack']);
    assert.equal(packed.code, 2);
    assert.match(packed.stderr, /--format .*--ledger/);
  });
});
