import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { Dealer, Reply } from 'zeromq';
import { ask, type ControlCommand } from '../../src/control/control-client.js';
import { COMMANDS, distanceS } from '../../src/control/control-commands.js';
import { type ControlFulfilment, type ControlReply, MOST_IN_FLIGHT } from '../../src/control/control-desk.js';
import { controlStatus } from '../../src/control/control-status.js';
import { generate } from '../../src/generate/generate.js';
import type { ReplayOutcome } from '../../src/measure/outcome.js';
import { checkControl } from '../../src/options/control-address.js';
import type { ReplayStatus } from '../../src/playback/playback.js';
import { isoText } from '../../src/selection/time-point.js';
import { TcsReplayError } from '../../src/shared/errors.js';
import {
  endAll,
  findPython,
  freePort,
  type Outcome,
  RunningProgram,
  runCli,
  skipWithoutPython,
} from '../support/peer.js';
import { eventOf, Receiver } from '../support/receiver.js';

const RUNS_AT_ONCE = 2;
const EVENTS = 2000;
const NIGHT_S = 600;
/** Below what a replay takes before it is busy. */
const REQUESTS_AT_ONCE = 40;
const FAILED = 1;
const WRONG_USAGE = 2;
/** Generous: it only bounds how long a failure takes. */
const TIMEOUT_MS = 60_000;

/** Options of a replay that begins when its subscriber is there. */
const AWAITED = ['--wait-setup', '0', '--wait-subscribers', '1'];

const folder = mkdtempSync(join(tmpdir(), 'tcs-control-'));
const night = join(folder, 'night.db');

describe('driving a replay from another process', { concurrency: RUNS_AT_ONCE }, () => {
  let topics: string[] = [];

  before(async () => {
    await generate({ path: night, events: EVENTS, durationS: NIGHT_S });
    topics = topicsOf(night);
  });

  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  it('sends one event a step while paused, in order, and no other', async () => {
    const play = await Play.start([night, '--start-paused', ...AWAITED, '--times', 'original']);
    const byCli = 3;
    const steps = 40;
    for (let i = 0; i < steps; i++) {
      if (i < byCli)
        assert.match((await play.ctl('step')).stdout, new RegExp(`^sent ${topics[i]}, recorded at 2018`));
      else {
        const { event, status } = await play.ask({ command: 'step' });
        assert.deepEqual([event?.topic, status.state, status.sent], [topics[i], 'paused', i + 1]);
      }
    }
    const rare = topics.findIndex((topic, i) => i >= steps && !topics.slice(0, i).includes(topic));
    const { stdout } = await play.ctl('step', topics[rare], '--json');
    const { event } = JSON.parse(stdout) as ControlFulfilment;
    assert.deepEqual([event?.topic, event?.due], [topics[rare], isoText(event?.dueS as number)]);
    const messages = await play.receiver.take(rare + 1);
    assert.deepEqual(
      messages.map(({ topic }) => topic),
      topics.slice(0, rare + 1),
    );
    const times = messages.map((message) => eventOf(message).__wire_time);
    assert.equal(Number(times.at(-1)), event?.dueS);
    const { sent, endedBy } = await play.quit();
    assert.deepEqual([sent, endedBy], [rare + 1, 'quit']);
  });

  it('sends nothing from a pause to the next order', async () => {
    const play = await Play.start([night, '--wait-setup', '0', '-s', '5']);
    await play.receiver.take(20);
    assert.match(
      (await play.ctl('pause')).stdout,
      /^paused at 2018-03-23 20:[12]\d:\d\d America\/Chicago, speed 5, \d+ events\n$/,
    );
    const { status: paused } = await play.ask({ command: 'status' });
    const { event, status } = await play.ask({ command: 'step' });
    assert.equal(event?.topic, topics[paused.sent as number]);
    assert.equal(status.sent, (paused.sent as number) + 1);
    const { sent } = await play.quit();
    assert.equal(sent, status.sent);
  });

  it('plays to its end when it is resumed at another speed', async () => {
    // At the recorded pace this would take ten minutes.
    const play = await Play.start([night, '--start-paused', '--wait-setup', '0']);
    assert.match((await play.ctl('speed', '2')).stdout, /speed 2, 0 events\n$/);
    assert.match((await play.ctl('speed', 'max')).stdout, /flat out, 0 events\n$/);
    assert.match((await play.ctl('resume')).stdout, /^playing at /);
    const { endedBy, sent } = await play.end();
    assert.deepEqual([endedBy, sent], ['end', EVENTS]);
  });

  it('shows where it stands', async () => {
    const play = await Play.start([night, '--start-paused', '--wait-setup', '0']);
    const { event } = await play.ask({ command: 'step' });
    const { stdout } = await play.ctl('status');
    for (const row of [
      /^state +paused$/m,
      /^position +2018-03-23 20:15:00 America\/Chicago, 0% of the pass$/m,
      /^recorded +2018-03-23 20:15:00 to 2018-03-23 20:2\d:\d\d America\/Chicago$/m,
      /^speed +speed 1$/m,
      /^sent +1 event, [\d.]+ k?B, in /m,
    ])
      assert.match(stdout, row);
    const { status } = await play.ask({ command: 'status' });
    assert.deepEqual([status.positionS, status.position], [event?.dueS, event?.due]);
    assert.equal(status.first, isoText(status.firstS as number));
    await play.quit();
  });

  it('ends by an order, with exit code 0 and the summary', async () => {
    const play = await Play.start([night, '--wait-setup', '0']);
    assert.match((await play.ctl('quit')).stdout, /^ends after \d+ events?\n$/);
    assert.equal((await play.end()).endedBy, 'quit');
  });

  it('answers others while orders take their time, refuses more than it can hold, and answers all at the end', async () => {
    // It waits before its first event, so that no step is done.
    const play = await Play.start([night, '--delay', '1h', '--wait-setup', '0']);
    await play.untilOpened();
    const dealer = new Dealer({ linger: 0, receiveTimeout: TIMEOUT_MS });
    dealer.connect(play.url);
    const idOf = (frame: Buffer) => Number(frame.toString());
    for (let i = 0; i <= MOST_IN_FLIGHT; i++) await dealer.send([`${i}`, '', '{"command":"step"}']);
    const [id, , refused] = await dealer.receive();
    assert.equal(idOf(id), MOST_IN_FLIGHT);
    assertRefused(JSON.parse(refused.toString()), 'BUSY', /64 requests wait/);
    assert.equal((await play.ask({ command: 'status' })).status.state, 'waiting');
    // A client that goes away before its answer takes nothing with it.
    const hasty = new Dealer({ linger: TIMEOUT_MS });
    hasty.connect(play.url);
    await hasty.send(['', '{"command":"status"}']);
    hasty.close();
    assert.equal((await play.ask({ command: 'quit' })).ok, true);
    const answered = new Set<number>();
    while (answered.size < MOST_IN_FLIGHT) {
      const [name, delimiter, answer] = await dealer.receive();
      assert.equal(delimiter.length, 0);
      answered.add(idOf(name));
      assertRefused(JSON.parse(answer.toString()), 'NOT_PLAYING', /has ended/);
    }
    dealer.close();
    assert.equal((await play.end()).endedBy, 'quit');
  });

  it('answers what is no request as an error, and plays on', async () => {
    const play = await Play.start([night, '--start-paused', ...AWAITED]);
    const dealer = new Dealer({ linger: 0, receiveTimeout: TIMEOUT_MS });
    dealer.connect(play.url);
    for (const { frames, code, says } of BAD_REQUESTS) {
      await dealer.send(['', ...frames]);
      const [delimiter, answer, ...more] = await dealer.receive();
      assert.deepEqual([delimiter.length, more.length], [0, 0]);
      assertRefused(JSON.parse(answer.toString()), code, says);
    }
    // Without an empty frame before it, as some clients send it.
    await dealer.send('{"command":"status"}');
    const [plain] = await dealer.receive();
    assert.equal(JSON.parse(plain.toString()).status.sent, 0);
    // The connection of a client that sends a larger frame is cut.
    await dealer.send(['', Buffer.alloc((128 << 10) + 1)]);
    const { event } = await play.ask({ command: 'step' });
    assert.equal(event?.topic, topics[0]);
    dealer.close();
    assert.equal((await play.receiver.next()).topic, topics[0]);
    assert.equal((await play.quit()).sent, 1);
  });

  it('answers each request with one JSON document, whatever it is', async () => {
    const play = await Play.start(['--sleep', '0.01', '--wait-setup', '0']);
    const dealer = new Dealer({ linger: 0, receiveTimeout: TIMEOUT_MS });
    dealer.connect(play.url);
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyRequest, { minLength: 1, maxLength: REQUESTS_AT_ONCE, size: 'max' }),
        async (requests) => {
          for (const [i, request] of requests.entries()) await dealer.send([`${i}`, '', request]);
          const left = new Set(requests.keys());
          while (left.size > 0) {
            const [id, , answer, ...more] = await dealer.receive();
            assert.ok(left.delete(Number(id.toString())), `${id}`);
            assert.equal(more.length, 0);
            const reply = JSON.parse(answer.toString()) as ControlReply;
            if (reply.ok) assert.equal(typeof reply.status.state, 'string');
            else
              assert.ok(
                ['BAD_REQUEST', 'UNKNOWN_COMMAND', 'NOT_PLAYING'].includes(reply.error.code),
                answer.toString(),
              );
            seen.add(reply.ok ? 'ok' : reply.error.code);
            assert.ok(answer.length < 10_000);
          }
        },
      ),
      // The lengths vary: a thousand requests and more in all.
      { numRuns: 100 },
    );
    assert.deepEqual([...seen].sort(), ['BAD_REQUEST', 'NOT_PLAYING', 'UNKNOWN_COMMAND', 'ok']);
    dealer.close();
    await play.quit();
  });

  it('lists its commands', async () => {
    const play = await Play.start([night, '--start-paused', '--wait-setup', '0']);
    const { commands = [] } = await play.ask({ command: 'help' });
    assert.deepEqual(
      commands.map(({ command }) => command),
      [...COMMANDS.keys()],
    );
    assert.deepEqual(
      commands
        .find(({ command }) => command === 'speed')
        ?.parameters.map(({ name, isRequired }) => [name, isRequired]),
      [['speedup', true]],
    );
    await play.quit();
  });

  it('does as the Python example in its documentation says', { skip: skipWithoutPython() }, async () => {
    const page = readFileSync(new URL('../../../docs/control.md', import.meta.url), 'utf8');
    const [, example] = /```python\n(.*?)```/s.exec(page) as RegExpExecArray;
    const play = await Play.start([night, '--start-paused', '--wait-setup', '0']);
    const program = example.replace('tcp://127.0.0.1:5557', play.url);
    const { code, stdout, stderr } = await new RunningProgram(findPython() as string, ['-c', program])
      .outcome;
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.equal(
      stdout,
      `sent ${topics[0]}\nBAD_REQUEST Expected the speed to be a number from 0.000001 to 1000000000, or max, got -1\nended\n`,
    );
    assert.deepEqual([(await play.end()).sent], [1]);
  });

  for (const { args, says } of [
    {
      args: ['speed', '-3'],
      says: /Expected the speed to be a number from 0.000001 to 1000000000, or max, got "-3"$/,
    },
    { args: ['seek', 'tomorrow'], says: /Expected the time to be a time .* got "tomorrow"$/ },
    { args: ['skip', '-10q'], says: /Expected the span to skip to be seconds, .* got "-10q"$/ },
    { args: ['skip', '--jsn'], says: /got "--jsn"$/ },
    { args: ['next-gap', '0'], says: /Expected the length of the gap to be a time above 0/ },
    { args: ['next-event'], says: /missing required argument 'topic'$/ },
    { args: ['step', 'a', 'b'], says: /too many arguments/ },
    { args: ['paus'], says: /unknown command 'paus' \(Did you mean pause\?\)$/ },
    { args: ['pause', '--jsn'], says: /unknown option '--jsn'/ },
    { args: ['pause', '--timeout', '0'], says: /Expected --timeout to be a time above 0/ },
    { args: ['pause', '--url', 'here'], says: /Cannot connect to here: expected an address like/ },
  ]) {
    it(`says what is wrong with "ctl ${args.join(' ')}"`, async () => {
      const outcome = await runCli(['ctl', ...args]);
      assertError(outcome, WRONG_USAGE, says);
    });
  }

  it('says where nobody answers, and what to start there', async () => {
    const url = await freeUrl();
    assertError(
      await runCli(['ctl', 'pause', '--url', url, '--timeout', '200ms']),
      FAILED,
      new RegExp(`^error: Nobody answered at ${url} within 200ms: start a replay with --control ${url}$`),
    );
  });

  it('says that a replay has not answered yet', async () => {
    const play = await Play.start([night, '--delay', '1h', '--wait-setup', '0']);
    await play.untilOpened();
    assertError(
      await play.ctl('step', '--timeout', '2s'),
      FAILED,
      /^error: The replay at \S+ did not answer step within 2s: it may still do it; wait longer with --timeout$/,
    );
    await play.quit();
  });

  it('says what a replay refuses, also as JSON', async () => {
    // Mock events have no times.
    const play = await Play.start(['--sleep', '1', '--wait-setup', '0']);
    assertError(await play.ctl('skip', '-10s'), FAILED, /^error: Mock events have no times to go to/);
    const { code, stdout } = await play.ctl('seek', '-10m', '--json');
    assert.equal(code, FAILED);
    assertRefused(JSON.parse(stdout), 'NOT_PLAYING', /Mock events/);
    await play.quit();
  });

  it('says that what answers is no replay', async () => {
    const url = await freeUrl();
    const stranger = new Reply({ linger: 0 });
    await stranger.bind(url);
    const outcome = runCli(['ctl', 'status', '--url', url]);
    await stranger.receive();
    await stranger.send('hello');
    assertError(await outcome, FAILED, /What answers at \S+ is no replay: 5 bytes of something else$/);
    stranger.close();
  });

  it('does not begin where the address is in use', async () => {
    const play = await Play.start([night, '--start-paused', '--wait-setup', '0']);
    await play.ask({ command: 'status' });
    const outcome = await runCli([night, '-u', await freeUrl(), '--control', play.url, '--start-paused']);
    assertError(outcome, FAILED, /^error: Cannot bind to \S+: the address is in use; end the other program/);
    await play.quit();
  });

  it('takes a file for an address only where that is a socket', async () => {
    const path = join(folder, 'precious');
    writeFileSync(path, 'precious');
    for (const option of ['--control', '-u']) {
      const outcome = await runCli([night, '--limit', '1', '-s', 'max', option, `ipc://${path}`]);
      assertError(outcome, WRONG_USAGE, /precious is there, and no socket; give a path where nothing is$/);
    }
    assert.equal(readFileSync(path, 'utf8'), 'precious');
    const url = `ipc://${join(folder, 'socket')}`;
    const play = await Play.start([night, '--start-paused', '--wait-setup', '0'], url);
    assert.match((await play.ctl('step')).stdout, /^sent /);
    await play.quit();
  });

  it('refuses an address that other hosts reach, unless it is told to take it', async () => {
    assertError(
      await runCli([night, '--control', 'tcp://*:5557']),
      WRONG_USAGE,
      /Expected --control to be .* got "tcp:\/\/\*:5557"; whoever reaches it .* --control-any-host allows other hosts to$/,
    );
    assertError(
      await runCli([night, '--control-any-host']),
      WRONG_USAGE,
      /^error: --control-any-host needs --control/,
    );
  });
});

for (const [control, isLocal] of [
  ['tcp://127.0.0.1:5557', true],
  ['tcp://127.12.0.1:*', true],
  ['tcp://localhost:5557', true],
  ['ipc:///tmp/control', true],
  ['tcp://*:5557', false],
  ['tcp://0.0.0.0:5557', false],
  ['tcp://0:5557', false],
  ['tcp://eth0:5557', false],
  ['tcp://[::]:5557', false],
  ['tcp://127.0.0.1.example.org:5557', false],
  ['tcp://192.0.2.1:5557;tcp://127.0.0.1:5557', false],
] as const) {
  it(`the address ${control} is ${isLocal ? '' : 'not '}one that only this machine reaches`, () => {
    assert.equal(checkControl({ control, controlAnyHost: true }), control);
    if (isLocal) assert.equal(checkControl({ control }), control);
    else assert.throws(() => checkControl({ control }), isBadOption);
  });
}

it('no other kind of address is taken', () => {
  for (const control of [
    '',
    'tcp://',
    'ipc://',
    'night',
    'udp://127.0.0.1:5557',
    'inproc://control',
    'TCP://127.0.0.1:1',
  ])
    assert.throws(() => checkControl({ control, controlAnyHost: true }), isBadOption);
});

it('a distance is a number of seconds, or a time span with a sign or without', () => {
  for (const [value, seconds] of [
    [-2.5, -2.5],
    ['10', 10],
    ['-10s', -10],
    ['+1h30m', 5400],
    ['- 90m', -5400],
    ['0', 0],
  ] as const)
    assert.equal(distanceS('by', value), seconds, `${value}`);
  for (const value of ['', '-', '--1s', 's', '1x', '10s -', Number.NaN, Number.POSITIVE_INFINITY])
    assert.throws(() => distanceS('by', value), isBadOption, `${value}`);
});

it('a status has null for what is not known, and max for a speed without end', () => {
  const status: ReplayStatus = {
    state: 'opening',
    speedup: Number.POSITIVE_INFINITY,
    firstS: 1_521_854_100.25,
    lastS: Number.NaN,
    positionS: Number.NaN,
    sent: 0,
    bytes: 0,
    elapsedS: 0,
    eventsPerS: 0,
    bytesPerS: 0,
    share: 0,
    latenessUs: 0,
    lateness: undefined,
    nextInS: Number.POSITIVE_INFINITY,
    leftS: Number.NaN,
    pass: 0,
    subscribers: 2,
    awaitedSubscribers: 0,
    addresses: ['tcp://127.0.0.1:5556'],
    timezone: 'UTC',
    search: undefined,
  };
  const { speedup, first, last, position, positionS, nextInS, leftS, pass } = controlStatus(status);
  assert.deepEqual(
    { speedup, first, last, position, positionS, nextInS, leftS, pass },
    {
      speedup: 'max',
      first: '2018-03-24T01:15:00.25Z',
      last: null,
      position: null,
      positionS: null,
      nextInS: null,
      leftS: null,
      pass: 0,
    },
  );
});

interface BadRequest {
  readonly frames: readonly (string | Buffer)[];
  readonly code: string;
  readonly says: RegExp;
}

const BAD_REQUESTS: readonly BadRequest[] = [
  bad([], /Expected one frame, .* got none$/),
  bad([''], /got an empty message$/),
  bad(['{"command":"pause"}', '{"command":"quit"}'], /Expected one frame, .* got 2$/),
  bad(['{"command":"pause"}', ''], /got 2$/),
  bad([Buffer.from([0, 255, 128, 7])], /got 4 bytes that are not JSON in UTF-8$/),
  bad([Buffer.from('{"command":"\xff"}', 'latin1')], /not JSON in UTF-8$/),
  bad(['pause'], /got 5 bytes that are not JSON/),
  bad(['{"command":"pause"'], /not JSON/),
  bad(['{"command":"pause"} {"command":"quit"}'], /not JSON/),
  bad([JSON.stringify({ command: 'seek', to: 'x'.repeat(1 << 16) })], /at most 65536 bytes, got 65562$/),
  bad(['['.repeat(30_000) + ']'.repeat(30_000)], /got an array$/),
  bad(
    [`{"command":${'['.repeat(30_000)}${']'.repeat(30_000)}}`],
    /Expected command to be a string, got an array/,
  ),
  ...['null', '1', 'true', '"pause"', '[{"command":"pause"}]'].map((text) =>
    bad([text], /Expected a JSON object such as \{"command":"pause"\}, got /),
  ),
  bad(['{}'], /Expected command to be a string, got nothing; \{"command":"help"\} lists them$/),
  bad(['{"command":null}'], /got null/),
  bad(['{"command":{"a":1}}'], /got an object/),
  bad(['{"command":"paus"}'], /^There is no command "paus"; did you mean pause\?$/, 'UNKNOWN_COMMAND'),
  bad(['{"command":"constructor"}'], /^There is no command "constructor"; /, 'UNKNOWN_COMMAND'),
  bad([`{"command":"${'p'.repeat(60_000)}"}`], /^There is no command "p{60}…"; /, 'UNKNOWN_COMMAND'),
  bad(['{"command":"pause","for":1}'], /^The command pause has no parameter "for": it takes no parameters$/),
  bad(['{"command":"seek","too":1}'], /^The command seek has no parameter "too": it takes only to, by$/),
  bad(['{"command":"pause","__proto__":{}}'], /no parameter "__proto__"/),
  bad(
    ['{"command":"speed"}'],
    /^Expected speed to have the parameter speedup, a number or "max"; it is missing$/,
  ),
  bad(['{"command":"next-event"}'], /parameter topic, a string; it is missing$/),
  bad(['{"command":"speed","speedup":null}'], /Expected speedup to be a number or "max", got null$/),
  bad(['{"command":"speed","speedup":"10"}'], /got "10"$/),
  bad(
    ['{"command":"speed","speedup":0}'],
    /Expected the speed to be a number from 0.000001 to 1000000000, or max, got 0$/,
  ),
  bad(['{"command":"speed","speedup":-1e999}'], /got -Infinity$/),
  bad(['{"command":"step","topic":7}'], /Expected topic to be a string, got 7$/),
  bad(['{"command":"step","topic":["a"]}'], /got an array$/),
  bad([`{"command":"step","topic":"${'t'.repeat(2000)}"}`], /at most 1024 characters, got 2000$/),
  bad(['{"command":"seek"}'], /Expected seek to be given either to or by, got "neither"$/),
  bad(['{"command":"seek","to":1,"by":1}'], /got "both"$/),
  bad(['{"command":"seek","to":"tomorrow"}'], /Expected the time to be a time such as .* got "tomorrow"$/),
  bad(['{"command":"seek","to":1e999}'], /got "?Infinity/),
  bad(['{"command":"seek","by":"ten"}'], /Expected by to be seconds, or a time span .* got "ten"$/),
  bad(['{"command":"seek","by":1e999}'], /got Infinity$/),
  bad(
    ['{"command":"next-gap","least":0}'],
    /Expected the length of the gap to be a number above 0, at most 100000000000, got 0$/,
  ),
  bad(['{"command":"next-gap","least":"-1s"}'], /Expected least to be a time above 0/),
];

function bad(frames: readonly (string | Buffer)[], says: RegExp, code = 'BAD_REQUEST'): BadRequest {
  return { frames, code, says };
}

const anyValue = fc.oneof(
  fc.double({ min: 0.5, max: 10, noNaN: true }),
  fc.constantFrom('max', '+1m', '-1m', '1h30m', '2018-03-24', 'lrs2.*'),
  fc.anything(),
);

/**
 * Requests of all kinds, half sensible, but for those that end a play, or are answered only when an event of a topic comes.
 */
const anyRequest = fc
  .oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.from(text)),
    fc
      .constantFrom(...COMMANDS)
      .chain(([command, { parameters }]) =>
        fc.record(
          {
            command: fc.constant(command),
            ...Object.fromEntries(parameters.map(({ name }) => [name, anyValue])),
          },
          { requiredKeys: ['command'] },
        ),
      )
      .map((request) => Buffer.from(jsonOf(request))),
    fc.record({ command: fc.string(), more: fc.anything() }).map((request) => Buffer.from(jsonOf(request))),
  )
  .filter((request) => {
    try {
      const { command, topic } = JSON.parse(request.toString());
      return command !== 'quit' && (command !== 'step' || topic === undefined);
    } catch {
      return true;
    }
  });

function jsonOf(value: unknown): string {
  return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}` : each));
}

/** A replay in another process, with a control socket, and a subscriber. */
class Play {
  readonly url: string;
  readonly receiver: Receiver;
  readonly #outcome: Promise<Outcome>;

  private constructor(url: string, receiver: Receiver, outcome: Promise<Outcome>) {
    this.url = url;
    this.receiver = receiver;
    this.#outcome = outcome;
    // `end` tells; this only keeps a test that failed before from ending all.
    outcome.catch(() => {});
  }

  static async start(args: readonly string[], control?: string): Promise<Play> {
    const [events, url] = [await freeUrl(), control ?? (await freeUrl())];
    const receiver = Receiver.connected(events);
    const outcome = runCli([
      '--workers',
      '0',
      '--timing',
      'eco',
      ...args,
      '-u',
      events,
      '--control',
      url,
      '--json',
    ]);
    return new Play(url, receiver, outcome);
  }

  /** Asks, and waits for the answer, which must not be an error. */
  async ask(order: ControlCommand): Promise<ControlFulfilment> {
    const reply = await ask(order, { url: this.url, timeoutMs: TIMEOUT_MS });
    assert.ok(reply.ok, JSON.stringify(reply));
    return reply;
  }

  /** Resolves when the databases are opened; until then, it is answered that they are not. */
  async untilOpened(): Promise<void> {
    while ((await this.ask({ command: 'status' })).status.state === 'opening');
  }

  /** Runs `tcs-replay ctl`. */
  ctl(...args: readonly string[]): Promise<Outcome> {
    return runCli(['ctl', ...args, '--url', this.url]);
  }

  async quit(): Promise<ReplayOutcome> {
    await this.ask({ command: 'quit' });
    return this.end();
  }

  /** What the replay said when it had ended, as it should. */
  async end(): Promise<ReplayOutcome> {
    const { code, stdout, stderr } = await this.#outcome;
    this.receiver.close();
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    return JSON.parse(stdout) as ReplayOutcome;
  }
}

function assertRefused(reply: ControlReply, code: string, says: RegExp): void {
  assert.ok(!reply.ok, JSON.stringify(reply));
  assert.equal(reply.error.code, code, reply.error.message);
  assert.match(reply.error.message, says);
}

function assertError({ code, stdout, stderr }: Outcome, exitCode: number, says: RegExp): void {
  assert.deepEqual({ code, stdout }, { code: exitCode, stdout: '' }, stderr);
  assert.match(stderr, /^error: [^\n]+\n$/);
  assert.match(stderr.trimEnd(), says);
}

function isBadOption(error: unknown): boolean {
  return error instanceof TcsReplayError && error.code === 'BAD_OPTION';
}

async function freeUrl(): Promise<string> {
  return `tcp://127.0.0.1:${await freePort()}`;
}

/** The topics of the events of a database, in its order. */
function topicsOf(path: string): string[] {
  const db = new Database(path, { readonly: true });
  const topics = db.prepare('SELECT topic FROM event ORDER BY event_id').pluck().all() as string[];
  db.close();
  return topics;
}
