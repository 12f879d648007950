/**
 * Three nights as a user has them, in a folder: the second one in two files that overlap, written by two systems; in the
 * first one a silence. Event ids begin anew in each file. Files are named so that no order of names is that of time.
 */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ReplayOutcome } from '../../src/measure/outcome.js';
import { stateOfFolder } from '../support/folder-state.js';
import { endAll, freePort, runCli } from '../support/peer.js';
import { eventOf, type Message, Receiver } from '../support/receiver.js';
import { plainEvent, type StoredEvent, writeEvents } from '../support/stored-event.js';

const RUNS_AT_ONCE = 4;
const LARGEST_ROUNDING_S = 2e-6;
const DAY_S = 86_400;
/** Dusk in Texas, 2018-03-24T01:15:00Z: the night of 2018-03-23. */
const DUSK_S = 1_521_854_100;

/** Names of events with their times, in seconds from the first dusk. */
const FILES: Readonly<Record<string, readonly (readonly [name: string, offsetS: number])[]>> = {
  'c.db': [
    ['a0', 0],
    ['a1', 0.1],
    ['a2', 0.2],
    ['a3', 100.2],
    ['a4', 100.3],
  ],
  'a.db': [
    ['b0', DAY_S],
    ['b1', DAY_S + 0.2],
    ['b2', DAY_S + 0.4],
    ['b3', DAY_S + 0.3],
    ['b4', DAY_S + 0.5],
  ],
  'b.db': [
    ['x0', DAY_S + 0.1],
    ['x1', DAY_S + 0.2],
    ['x2', DAY_S + 0.4],
    ['x3', DAY_S + 0.6],
  ],
  'deeper/0.db': [
    ['c0', 2 * DAY_S],
    ['c1', 2 * DAY_S + 0.1],
  ],
};
/** In order of play. b3 is out of order in its own file, which no other file changes. */
const NIGHTS = [
  ['a0', 'a1', 'a2', 'a3', 'a4'],
  ['b0', 'x0', 'b1', 'x1', 'b2', 'b3', 'x2', 'b4', 'x3'],
  ['c0', 'c1'],
] as const;
const ALL = NIGHTS.flat();
const OFFSETS_S = new Map(Object.values(FILES).flat());
/** Recorded silences are cut to this: three of them, one in the first night and two days. */
const MAX_GAP_S = 0.5;
const CUT = ['--max-gap', '0.5s'];
const FLAT_OUT = ['-s', 'max'];

const folder = mkdtempSync(join(tmpdir(), 'tcs-nights-'));
const archive = join(folder, 'archive');

describe('nights', { concurrency: RUNS_AT_ONCE }, () => {
  before(() => {
    mkdirSync(join(archive, 'deeper'), { recursive: true });
    for (const [file, events] of Object.entries(FILES)) {
      writeEvents(
        join(archive, file),
        events.map(([name, offsetS], i) => storedEvent(i + 1, name, offsetS)),
      );
    }
  });

  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  it('are merged by time, whatever the order of their files', async () => {
    const paths = Object.keys(FILES).map((file) => join(archive, file));
    const { names } = await play([...paths, ...FLAT_OUT], ALL.length);
    assert.deepEqual(names, ALL);
    const { names: turned } = await play([...paths.reverse(), ...FLAT_OUT], ALL.length);
    assert.deepEqual(turned, ALL);
  });

  it('keep their pace across files, with silences cut, and tell how much that was', async () => {
    const { messages, names, outcome } = await play(
      [...Object.keys(FILES).map((file) => join(archive, file)), ...CUT],
      ALL.length,
    );
    assert.deepEqual(names, ALL);
    assertTimes(messages, 1);
    const leftOutS = 100 - MAX_GAP_S + (DAY_S - 100.3 - MAX_GAP_S) + (DAY_S - 0.6 - MAX_GAP_S);
    assert.equal(outcome.gaps.count, 3);
    assert.ok(Math.abs(outcome.gaps.leftOutS - leftOutS) < 1e-4, String(outcome.gaps.leftOutS));
    assert.ok(outcome.durationS >= playedS(ALL.length - 1) - 1e-3, String(outcome.durationS));
  });

  it('are played again and again, each pass in time from its own start', async () => {
    const passes = 3;
    const args = [archive, ...CUT, '-s', '2', '--loop', String(passes), '--loop-delay', '0.3'];
    const { messages, names, outcome } = await play(args, passes * ALL.length);
    assert.deepEqual(names, [...ALL, ...ALL, ...ALL]);
    assert.deepEqual(
      [outcome.passes, outcome.sent, outcome.gaps.count],
      [passes, passes * ALL.length, 3 * passes],
    );
    let endOfLastS = Number.NEGATIVE_INFINITY;
    for (let pass = 0; pass < passes; pass++) {
      const own = messages.slice(pass * ALL.length, (pass + 1) * ALL.length);
      assertTimes(own, 2);
      assert.ok(wireTimeOf(own[0]) >= endOfLastS + 0.3 - 1e-3, 'waits between passes');
      endOfLastS = wireTimeOf(own.at(-1) as Message);
    }
  });

  it('are found in folders and by patterns, and left as they are', async () => {
    const before = stateOfFolder(archive);
    const { names } = await play([archive, ...FLAT_OUT], ALL.length);
    assert.deepEqual(names, ALL);
    const { names: some } = await play([join(archive, '[bc].db'), ...FLAT_OUT], 9);
    assert.deepEqual(some, ['a0', 'a1', 'a2', 'a3', 'a4', 'x0', 'x1', 'x2', 'x3']);
    assert.deepEqual(stateOfFolder(archive), before);
  });

  const selections: Record<string, [args: string[], expected: readonly string[]]> = {
    'a night, noon to noon': [['--night', '2018-03-24'], NIGHTS[1]],
    'nights, the last one included': [
      ['--night', '2018-03-23..2018-03-24'],
      [...NIGHTS[0], ...NIGHTS[1]],
    ],
    'from a moment on, it included': [
      ['--start', '2018-03-25T01:15:00.4Z'],
      ['b2', 'x2', 'b4', 'x3', 'c0', 'c1'],
    ],
    'up to a moment, it excluded': [
      ['--end', '1521854100.2'],
      ['a0', 'a1'],
    ],
    'from and up to': [
      ['--start', '2018-03-24 20:15:00.2', '--end', '2018-03-24 20:15:00.5'],
      ['b1', 'x1', 'b2', 'b3', 'x2'],
    ],
    'from the beginning on': [['--start', '+100.3s'], ALL.slice(4)],
    'up to the end': [
      ['--start', '-24h'],
      ['x0', 'b1', 'x1', 'b2', 'b3', 'x2', 'b4', 'x3', 'c0', 'c1'],
    ],
    'for so long': [
      ['--start', '2018-03-25T01:15:00Z', '--duration', '0.3s'],
      ['b0', 'x0', 'b1', 'x1'],
    ],
    'hours of each night': [
      ['--from-hour', '20:16', '--to-hour', '20:17'],
      ['a3', 'a4'],
    ],
    topics: [
      ['--exclude', 'tcs.a.*', 'tcs.b.*'],
      [...NIGHTS[1].filter((name) => name.startsWith('x')), 'c0', 'c1'],
    ],
    'topics by expression': [
      ['--topics-regex', '^tcs\\.[ac]\\.'],
      [...NIGHTS[0], ...NIGHTS[2]],
    ],
  };
  for (const [what, [args, expected]] of Object.entries(selections)) {
    it(`are played in part: ${what}`, async () => {
      for (const order of ['none', '__wire_time']) {
        const { names } = await play([archive, ...FLAT_OUT, '-S', order, ...args], expected.length);
        const sorted = [...expected].sort((a, b) => offsetOf(a) - offsetOf(b));
        assert.deepEqual(names, order === 'none' ? expected : sorted);
      }
    });
  }

  it('begin with what was known before, where they are played from the middle', async () => {
    const args = [archive, '--prime', '--start', '2018-03-25T01:15:00.4Z', ...CUT];
    const { messages, names, outcome } = await play(args, 3 + 6);
    assert.deepEqual(names, ['a4', 'x1', 'b3', 'b2', 'x2', 'b4', 'x3', 'c0', 'c1']);
    assert.deepEqual([outcome.primed, outcome.sent], [3, 6]);
    // Their times lie as far before the first event as they were recorded.
    const firstS = wireTimeOf(messages[3]);
    for (const [i, name] of ['a4', 'x1', 'b3'].entries()) {
      const distanceS = wireTimeOf(messages[i]) - firstS;
      const recordedS = offsetOf(name) - offsetOf('b2');
      assert.ok(Math.abs(distanceS - recordedS) < 1e-5, `${name}: ${distanceS}, not ${recordedS}`);
    }
  });

  it('say what there would have been, where nothing is selected', async () => {
    const { stderr, outcome } = await play([archive, '--start', '2019-01-01'], 0);
    assert.equal(outcome.sent, 0);
    assert.match(stderr, /^Nothing to play: .*2018-03-23 20:15:00.* to .*2018-03-25 20:15:00/);
  });
});

function storedEvent(id: number, name: string, offsetS: number): StoredEvent {
  const event = plainEvent(BigInt(id), `tcs.${name[0]}.state`);
  const time = (DUSK_S + offsetS).toFixed(6);
  const attributes = [
    ['__data_time', time, 'number'],
    ['__wire_time', time, 'number'],
    ['name', name, 'string'],
  ] as const;
  return {
    ...event,
    dataTime: DUSK_S + offsetS,
    attributes: attributes.map(([key, value, dataType]) => ({ key, value, dataType })),
  };
}

function offsetOf(name: string): number {
  return OFFSETS_S.get(name) as number;
}

/** When an event is played, in seconds from the first one, with silences cut. */
function playedS(index: number): number {
  let playedS = 0;
  let frontS = offsetOf(ALL[0]);
  for (const name of ALL.slice(1, index + 1)) {
    const offsetS = offsetOf(name);
    playedS += offsetS - frontS > MAX_GAP_S ? MAX_GAP_S : Math.max(0, offsetS - frontS);
    frontS = Math.max(frontS, offsetS);
  }
  // An event out of order is played late, and its time says when it was due.
  return playedS + Math.min(0, offsetOf(ALL[index]) - frontS);
}

/** Asserts that the times of a whole pass are as they were recorded, with silences cut. */
function assertTimes(messages: readonly Message[], speedup: number): void {
  const firstS = wireTimeOf(messages[0]);
  for (const [i, message] of messages.entries()) {
    const expectedS = playedS(i) / speedup;
    const timeS = wireTimeOf(message) - firstS;
    assert.ok(Math.abs(timeS - expectedS) <= LARGEST_ROUNDING_S, `${ALL[i]}: ${timeS}, not ${expectedS}`);
  }
}

function wireTimeOf(message: Message): number {
  const { __wire_time: time } = eventOf(message);
  assert(typeof time === 'number', String(time));
  return time;
}

interface Played {
  readonly messages: Message[];
  readonly names: string[];
  readonly stderr: string;
  readonly outcome: ReplayOutcome;
}

/** Plays to a subscriber until `count` messages have come; the outcome tells that there were no more. */
async function play(args: readonly string[], count: number): Promise<Played> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const receiver = Receiver.connected(url);
  const playing = runCli([...args, '-u', url, '--wait-setup', '0.5', '--workers', '0', '--json']);
  try {
    const receiving = receiver.take(count);
    // A program that has failed sends nothing to wait for.
    const failing = playing.then(({ code, stderr }) => assert.equal(code, 0, stderr)).then(() => receiving);
    const messages = await Promise.race([receiving, failing]);
    const { stdout, stderr } = await playing;
    const outcome = JSON.parse(stdout) as ReplayOutcome;
    assert.equal(outcome.sent + outcome.primed, count);
    return { messages, names: messages.map((message) => String(eventOf(message).name)), stderr, outcome };
  } finally {
    receiver.close();
  }
}
