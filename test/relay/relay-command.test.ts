/** Relays by the command line: its programs run in processes of their own, as at a telescope. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { generate } from '../../src/generate/generate.js';
import type { ReplayOutcome } from '../../src/measure/outcome.js';
import { EventStation } from '../support/event-station.js';
import {
  endAll,
  freePort,
  PythonSubscriber,
  RunningProgram,
  readRecorded,
  requirePython,
  runCli,
  skipWithoutPython,
  startCli,
} from '../support/peer.js';
import { eventOf, type Message, Receiver } from '../support/receiver.js';
import { temporaryFolder } from '../support/temporary-folder.js';

after(endAll);

const MODEL = join(import.meta.dirname, '../../../bench/peer/tcs_model.py');
const AT_ONCE = ['--wait-setup', '0', '--hwm', '0'];

async function freeUrl(): Promise<string> {
  return `tcp://127.0.0.1:${await freePort()}`;
}

/** Each event without its times. */
function withoutTimes(topic: string, payload: string): unknown {
  const { __wire_time: _wire, __data_time: _data, ...event } = JSON.parse(payload);
  return [topic, event];
}

interface Relayed {
  readonly station: EventStation;
  readonly receiver: Receiver;
  readonly program: RunningProgram;
  readonly control: string;
}

/** A relay in a process of its own, which has sent an event. */
async function relayed(context: TestContext, ...flags: string[]): Promise<Relayed> {
  const station = await EventStation.open();
  context.after(() => station.close());
  const [url, control] = [await freeUrl(), await freeUrl()];
  const receiver = Receiver.connected(url);
  context.after(() => receiver.close());
  const program = startCli([
    ...['--from', station.url, '-u', url, '--control', control, '--wait-subscribers', '1', '--json'],
    ...[...AT_ONCE, ...flags],
  ]);
  await station.subscriptions(1);
  return { station, receiver, program, control };
}

async function ended({ program }: Relayed, signal: NodeJS.Signals, code: number): Promise<ReplayOutcome> {
  program.kill(signal);
  const outcome = await program.outcome;
  assert.equal(outcome.code, code, outcome.stderr);
  return JSON.parse(outcome.stdout) as ReplayOutcome;
}

async function order(control: string, ...words: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await runCli(['ctl', '--url', control, ...words, '--json']);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
}

const numberOf = (message: Message) => eventOf(message).n as number;

describe('tcs-replay --from', () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)
    it(`ends with ${code} and what it has relayed on ${signal}`, async (t) => {
      const relay = await relayed(t);
      for (let n = 0; n < 100; n++) await relay.station.sendPayload('a', `{"n":${n}}`);
      assert.deepEqual((await relay.receiver.take(100)).map(numberOf), [...Array(100).keys()]);
      const { endedBy, sent, relay: figures } = await ended(relay, signal, code);
      assert.deepEqual([endedBy, sent, figures?.received, figures?.unsent], ['abort', 100, 100, 0]);
      assert.deepEqual(figures?.publishers[0].url, relay.station.url);
    });

  it('is paused, stepped and resumed over its control socket, and refuses to jump', async (t) => {
    const relay = await relayed(t);
    const { control, station, receiver } = relay;
    await station.sendPayload('a', '{"n":0}');
    await receiver.next();
    await order(control, 'pause');
    for (let n = 1; n <= 3; n++) await station.sendPayload('a', `{"n":${n}}`);
    await order(control, 'step');
    assert.equal(numberOf(await receiver.next()), 1);
    const seek = await runCli(['ctl', '--url', control, 'seek', '+1m']);
    assert.notEqual(seek.code, 0);
    assert.match(seek.stderr, /Live publishers send what happens now/);
    const speed = await runCli(['ctl', '--url', control, 'speed', '2']);
    assert.notEqual(speed.code, 0);
    assert.match(speed.stderr, /A relay has the pace of its publishers/);
    const status = (await order(control, 'status')).status as Record<string, unknown>;
    assert.equal(status.state, 'paused');
    assert.deepEqual(Object.keys(status.relay as object), ['queuedEvents', 'queuedBytes', 'dropped']);
    await order(control, 'resume');
    assert.deepEqual((await receiver.take(2)).map(numberOf), [2, 3]);
    assert.equal((await ended(relay, 'SIGINT', 130)).pauses.count, 1);
  });

  it('ends with 3 where it had no room for events', async (t) => {
    const relay = await relayed(t, '--queue', '10kB', '--start-paused', '--limit', '1');
    for (let n = 0; n < 100; n++)
      await relay.station.sendPayload('a', `{"n":${n},"pad":"${'x'.repeat(500)}"}`);
    await relay.program.waitForOutput(
      /10 kB of events wait, the most that --queue allows: events that come are dropped/,
    );
    await order(relay.control, 'resume');
    const { code, stdout, stderr } = await relay.program.outcome;
    assert.equal(code, 3, stderr);
    const outcome = JSON.parse(stdout) as ReplayOutcome;
    assert.ok((outcome.relay?.dropped ?? 0) > 0);
    assert.equal(outcome.sent, 1);
  });

  it('is the same to a Python subscriber as its publisher, a Python program', {
    skip: skipWithoutPython(),
  }, async (t) => {
    const folder = temporaryFolder(t);
    const [night, record] = [join(folder, 'night.db'), join(folder, 'received.jsonl')];
    const events = 1000;
    await generate({ path: night, events, durationS: 60, topics: 10, seed: 8 });
    const [from, url] = [await freeUrl(), await freeUrl()];
    const direct = Receiver.connected(from);
    t.after(() => direct.close());
    const subscriber = await PythonSubscriber.start(url, { count: events, record });
    const relay = startCli([
      ...['--from', from, '-u', url, '--wait-subscribers', '1', '--limit', `${events}`, '--json', ...AT_ONCE],
    ]);
    // From then on it only has to connect, for which the model gives some time.
    await relay.waitForOutput(/Nothing answers at/);
    const model = new RunningProgram(requirePython(), [
      ...[MODEL, '--flat-out', '--hwm', '0', '--wait-setup', '10'],
      ...['--convert-number', '--convert-bool', '--url', from, night],
    ]);
    const sent = (await direct.take(events)).map(({ topic, payload }) =>
      withoutTimes(topic, payload.toString()),
    );
    assert.equal((await model.outcome).code, 0);
    assert.equal((await subscriber.result()).received, events);
    const { code, stderr } = await relay.outcome;
    assert.equal(code, 0, stderr);
    const received = readRecorded(record).map(({ topic, payloadText }) => withoutTimes(topic, payloadText));
    assert.deepEqual(received, sent);
  });

  it('says that nothing came', async () => {
    const from = await freeUrl();
    const { code, stdout, stderr } = await runCli([
      ...['--from', from, '-u', 'tcp://127.0.0.1:*', '--duration', '0.1', '--wait-setup', '0'],
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Played no event/);
    assert.ok(stderr.includes(`Nothing came from ${from}`), stderr);
  });

  const OWN = 'tcp://127.0.0.1:15560';
  const REFUSED: [string[], RegExp][] = [
    [['night.db'], /--from and databases do not go together: a relay plays no databases/],
    [['-s', '2'], /--from and --speedup do not go together: events are relayed at the pace/],
    [['-s', 'max'], /--from and --speedup/],
    [['--rate', '100'], /--from and --rate/],
    [['--max-gap', '5s'], /--from and --max-gap/],
    [['--loop', '2'], /--from and --loop do not go together: what live publishers send has no beginning/],
    [['--serve-forever'], /--from and --serve-forever/],
    [['--start', '+1m'], /--from and --start/],
    [['--end', '-1m'], /--from and --end/],
    [['--night', '2018-03-23'], /--from and --night/],
    [['--prime'], /--from and --prime do not go together: what was sent before is not known/],
    [['--sort-by', '__data_time'], /--from and --sort-by/],
    [['--prepare'], /--from and --prepare/],
    [['--no-prepared'], /--from and --no-prepared/],
    [['--convert-number'], /--from and --convert-number/],
    [['--format', 'msgpack'], /--from and --format msgpack/],
    [['--on-late', 'shift'], /--from and --on-late shift do not go together: --behind says/],
    [
      ['--from', 'tcp://127.0.0.1:1'],
      /Expected --from to be an address once, got "tcp:\/\/127\.0\.0\.1:1" twice/,
    ],
    [
      ['--from', OWN],
      /--from tcp:\/\/127\.0\.0\.1:15560 and --url tcp:\/\/127\.0\.0\.1:15560 do not go together: they are the same address/,
    ],
    [['--behind', '-1'], /--behind/],
    [['--duration', '40d'], /--duration/],
  ];
  for (const [flags, message] of REFUSED)
    it(`refuses ${flags.join(' ')} with exit code 2`, async () => {
      const { code, stderr } = await runCli(['--from', 'tcp://127.0.0.1:1', '-u', OWN, ...flags]);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    });

  for (const flags of [
    ['--behind', '5s'],
    ['--queue', '1MiB'],
    ['--curve-server', 'key'],
  ])
    it(`refuses ${flags[0]} without it`, async () => {
      const { code, stderr } = await runCli(['-u', OWN, ...flags]);
      assert.equal(code, 2, stderr);
      assert.match(stderr, new RegExp(`${flags[0]} needs --from: it is about live publishers`));
    });

  it('refuses an address that is none', async () => {
    const { code, stderr } = await runCli(['--from', 'tracker:30400', '-u', OWN, '--wait-setup', '0']);
    assert.notEqual(code, 0);
    assert.match(stderr, /tracker:30400/);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });
});
