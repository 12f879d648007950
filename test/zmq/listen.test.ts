import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pack } from 'msgpackr';
import { XPublisher } from 'zeromq';
import { listen, type ReceivedEvent } from '../../src/index.js';
import { bindWhenFree } from '../support/bind-when-free.js';
import { endAll, freePort, RunningProgram, runCli, startCli } from '../support/peer.js';

const RUNS_AT_ONCE = 2;
const CLI = fileURLToPath(new URL('../../bundle/cli.cjs', import.meta.url));

const EVENTS: [topic: string, payload: string][] = [
  ['lrs2.hardware.status', '{"__data":"true","n":12345678901234567890123,"itf.phi":1.50}'],
  ['lrs2.hardware.status.more', '{"n":2}'],
  ['virus.hardware.status', '{"n":3,"text":"a \\"quoted\\" one","nothing":null,"list":[1,2]}'],
  ['lrs2.exposure', '{"n":4}'],
  ['lrs2.hardware.status', '{"n":5}'],
];

/** A publisher that knows when a subscriber is there. */
class Station {
  readonly url: string;
  readonly #socket = new XPublisher({ sendTimeout: 0, receiveTimeout: 60_000, linger: 0 });

  static async open(url?: string): Promise<Station> {
    const station = new Station(url ?? `tcp://127.0.0.1:${await freePort()}`);
    await bindWhenFree(station.#socket, station.url);
    return station;
  }

  private constructor(url: string) {
    this.url = url;
  }

  /** Resolves when a subscription has come, with the beginning of topics that it is for. */
  async subscription(): Promise<string> {
    const [frame] = await this.#socket.receive();
    assert.equal(frame[0], 1);
    return frame.toString('utf8', 1);
  }

  async send(messages: readonly (readonly (string | Buffer)[])[]): Promise<void> {
    for (const message of messages) await this.#socket.send([...message]);
  }

  close(): void {
    this.#socket.close();
  }
}

describe('listen', { concurrency: RUNS_AT_ONCE }, () => {
  after(endAll);

  it('shows each event on a line to read, and says at the end how many came', async () => {
    const { code, stdout, stderr } = await listenTo(EVENTS, ['--count', '5']);
    assert.equal(code, 0);
    const lines = stdout.trimEnd().split('\n');
    const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z {2}/;
    for (const line of lines) assert.match(line, moment);
    assert.deepEqual(
      lines.slice(1, 4).map((line) => line.replace(moment, '')),
      [
        'lrs2.hardware.status.more  n=2',
        'virus.hardware.status  n=3 text=a "quoted" one nothing=null list=[1,2]',
        'lrs2.exposure  n=4',
      ],
    );
    assert.equal(stderr, 'Received 5 events\n');
  });

  it('shows each event as a line of JSON, in which the event is as it came', async () => {
    const startedS = Date.now() / 1000;
    const { code, stdout } = await listenTo(EVENTS, ['--json', '--count', '5']);
    assert.equal(code, 0);
    const lines = stdout.trimEnd().split('\n');
    for (const [i, [topic, payload]] of EVENTS.entries()) {
      assert(lines[i].endsWith(`,"event":${payload}}`), lines[i]);
      const { topic: shown, received, event } = JSON.parse(lines[i]);
      assert.deepEqual([shown, event], [topic, JSON.parse(payload)]);
      assert(received > startedS - 1 && received < Date.now() / 1000 + 1, lines[i]);
    }
  });

  it('keeps to a line of JSON an event, whatever comes', async () => {
    const odd = [['a.b.c', '{\n  "n": 1\n}'], ['a.b.c', 'no JSON'], ['a.b.c'], ['a.b.c', '']];
    const { code, stdout } = await listenTo(odd, ['--json', '--count', String(odd.length)]);
    assert.equal(code, 0);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).event);
    assert.deepEqual(events, [{ n: 1 }, 'no JSON', '', '']);
  });

  it('stops after so many events', async () => {
    const { code, stdout, stderr } = await listenTo(EVENTS, ['--count', '2']);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: 'Received 2 events\n' });
    assert.equal(stdout.trimEnd().split('\n').length, 2);
  });

  it('stops when none has come for so long', async () => {
    // Long enough for a busy machine to bring the first events in time.
    const { code, stderr } = await listenTo(EVENTS, ['--timeout', '2']);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: 'Received 5 events\n' });
    const silence = await runCli(['listen', `tcp://127.0.0.1:${await freePort()}`, '--timeout', '0.1']);
    assert.deepEqual(silence, { code: 0, signal: null, stdout: '', stderr: 'Received 0 events\n' });
  });

  it('prints only the number of events when it is to be quiet', async () => {
    const { stdout, stderr } = await listenTo(EVENTS, ['--quiet', '--count', '5']);
    assert.deepEqual({ stdout, stderr }, { stdout: '', stderr: 'Received 5 events\n' });
    const { stdout: json, stderr: none } = await listenTo(EVENTS, ['--quiet', '--json', '--count', '5']);
    assert.deepEqual({ json, none }, { json: '{\n  "received": 5\n}\n', none: '' });
  });

  for (const { topics, subscribed, shown } of [
    { topics: ['lrs2.hardware.status'], subscribed: 'lrs2.hardware.status', shown: [0, 4] },
    { topics: ['lrs2.*'], subscribed: 'lrs2.', shown: [0, 1, 3, 4] },
    { topics: ['?????.hardware.*'], subscribed: '', shown: [2] },
  ]) {
    it(`shows the topics asked for, and subscribes to no more than their beginning: ${topics}`, async () => {
      const args = ['-t', ...topics, '--json', '--count', String(shown.length)];
      const { stdout, subscription } = await listenTo(EVENTS, args);
      assert.equal(subscription, subscribed);
      const lines = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      assert.deepEqual(
        lines.map(({ topic, event }) => [topic, event]),
        shown.map((i) => [EVENTS[i][0], JSON.parse(EVENTS[i][1])]),
      );
    });
  }

  it('connects to several addresses', async () => {
    const stations = [await Station.open(), await Station.open()];
    const program = startCli(['listen', ...stations.map(({ url }) => url), '--count', '10', '--quiet']);
    for (const station of stations) {
      await station.subscription();
      await station.send(EVENTS);
    }
    const { code, stderr } = await program.outcome;
    assert.deepEqual({ code, stderr }, { code: 0, stderr: 'Received 10 events\n' });
    for (const station of stations) station.close();
  });

  it('ends without an error when whoever reads its output has enough', async () => {
    const station = await Station.open();
    const pipeline = 'set -o pipefail; "$0" "$@" | head -1';
    const command = [process.execPath, CLI, 'listen', station.url];
    const program = new RunningProgram('bash', ['-c', pipeline, ...command]);
    await station.subscription();
    // One after the other, until it has noticed.
    let isOver = false;
    const over = program.outcome.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await station.send(EVENTS);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const { code, stdout, stderr } = await over;
    station.close();
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.match(stdout, /^\S+ {2}lrs2\.hardware\.status {2}__data=true [^\n]*\n$/);
  });

  for (const [signal, exitCode] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    it(`says how many came, and exits with ${exitCode}, on ${signal}`, async () => {
      const station = await Station.open();
      const program = startCli(['listen', station.url]);
      await station.subscription();
      await station.send(EVENTS);
      await program.waitForOutput(/n=5\n/);
      program.kill(signal);
      const { code, stderr } = await program.outcome;
      station.close();
      assert.deepEqual({ code, stderr }, { code: exitCode, stderr: 'Received 5 events\n' });
    });
  }

  it('exits with 3 where fewer have come than were asked for', async () => {
    const { code, stderr } = await listenTo(EVENTS, ['--count', '10', '--timeout', '2']);
    assert.deepEqual({ code, stderr }, { code: 3, stderr: 'Received 5 of 10 events\n' });
    const none = await runCli([
      'listen',
      `tcp://127.0.0.1:${await freePort()}`,
      '-n',
      '1',
      '--timeout',
      '0.1',
    ]);
    assert.deepEqual([none.code, none.stderr], [3, 'Received 0 of 1 event\n']);
  });

  it('says that it waits where nobody publishes, and when somebody does', async () => {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const program = startCli(['listen', url, '--count', '5', '--quiet']);
    await program.waitForOutput(/yet/);
    const station = await Station.open(url);
    await station.subscription();
    await station.send(EVENTS);
    const { code, stderr } = await program.outcome;
    station.close();
    assert.deepEqual(
      [code, stderr],
      [0, `Nothing answers at ${url} yet: waiting for it\nConnected to ${url}\nReceived 5 events\n`],
    );
  });

  it('shows messages of other than two frames, with all their frames', async () => {
    const odd = [['a.b.c'], ['a.b.c', '{"n":1}', 'more', 'of it'], ['a.b.c', '{"n":2}']];
    const { stdout } = await listenTo(odd, ['--count', '3']);
    assert.deepEqual(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/^\S+ {2}/, '')),
      ['a.b.c  (1 frame)', 'a.b.c  (4 frames) n=1 | more | of it', 'a.b.c  n=2'],
    );
    const { stdout: json } = await listenTo(odd, ['--count', '3', '--json']);
    const lines = json
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ event, frames, more }) => [event, frames, more]),
      [
        ['', 1, []],
        [{ n: 1 }, 4, ['more', 'of it']],
        [{ n: 2 }, undefined, undefined],
      ],
    );
  });

  it('passes over what is no MessagePack, and says so', async () => {
    const messages = [EVENTS[0], ['a.b.c', pack({ n: 1 })], EVENTS[1], ['a.b.c', pack({ n: 2 })]];
    const { code, stdout, stderr } = await listenTo(messages, ['--format', 'msgpack', '--count', '4']);
    assert.equal(code, 3);
    assert.deepEqual(stdout.match(/n=\d/g), ['n=1', 'n=2']);
    assert.equal(
      stderr,
      'Passed over a message of lrs2.hardware.status that is no MessagePack; is it --format json?\n' +
        'Received 2 of 4 events, passed over 2 messages\n',
    );
  });

  it('sums up what comes, by topic', async () => {
    const bytes = ([topic, payload]: (typeof EVENTS)[number]) => topic.length + payload.length;
    const all = EVENTS.reduce((sum, event) => sum + bytes(event), 0);
    const { stdout: json } = await listenTo(EVENTS, ['--stats', '--json', '--count', '5']);
    const { durationS, eventsPerS, bytesPerS, topics, ...sums } = JSON.parse(json);
    const none = { unnumbered: 5, duplicated: 0, reordered: 0, early: 0, latency: null };
    assert.deepEqual(sums, { received: 5, passedOver: 0, events: 5, bytes: all, ...none });
    assert.ok(durationS >= 0 && (durationS === 0 || Math.abs(eventsPerS * durationS - 5) < 1e-6));
    assert.ok(Math.abs(bytesPerS * durationS - (durationS === 0 ? 0 : all)) < 1e-6);
    assert.equal(topics.length, 4);
    assert.deepEqual(topics[0], {
      topic: 'lrs2.hardware.status',
      events: 2,
      bytes: bytes(EVENTS[0]) + bytes(EVENTS[4]),
    });
    const { stdout, stderr } = await listenTo(EVENTS, ['--stats', '--count', '5']);
    assert.equal(stderr, 'Received 5 events\n');
    assert.match(stdout, /^5 events in \S+, \d+ B\n {2}rate /);
    assert.match(stdout, /^ {2}topic +events +bytes +events\/s$/m);
    assert.match(stdout, /^ {2}lrs2\.hardware\.status +2 +\d+ B +\S+$/m);
  });

  for (const format of ['json', 'msgpack'] as const) {
    it(`tells what wire times say: ${format}`, async () => {
      const nowS = Math.floor(Date.now() / 1000);
      const payload = (s: number) => ({ n: 1, __wire_time: nowS + s });
      const events = [-10, -9, -7, -8, -9, 3600].map((s): [string, string | Buffer] => {
        return ['a.b.c', format === 'json' ? JSON.stringify(payload(s)) : pack(payload(s))];
      });
      // The same time of another topic is no event that comes again.
      events.push(['a.b.d', events[5]?.[1] as string], ['a.b.d', format === 'json' ? '{}' : pack({})]);
      const args = ['--stats', '--format', format, '--count', String(events.length)];
      const { latency, ...sums } = JSON.parse((await listenTo(events, [...args, '--json'])).stdout);
      const { unnumbered, duplicated, reordered, early } = sums;
      assert.deepEqual(
        { unnumbered, duplicated, reordered, early },
        { unnumbered: 1, duplicated: 1, reordered: 1, early: 2 },
      );
      assert.ok(
        latency.p50Us >= 7e6 && latency.p99Us >= 10e6 && latency.maxUs >= 10e6,
        JSON.stringify(latency),
      );
      const { stdout } = await listenTo(events, args);
      assert.match(stdout, /^ {2}latency {5}p50 \d+\.\d\ds, p99 \d+\.\d\ds, max \d+\.\d\ds$/m);
      assert.match(stdout, /^ {2}wire times {2}1 duplicated, 1 reordered, 2 early$/m);
    });
  }

  for (const [args, says] of [
    [['night.db'], /^error: Cannot connect to night\.db: expected an address like tcp:[^\n]*\n$/],
    [['--count', '0'], /^error: Expected --count to be a whole number, 1 or more, got "0"\n$/],
    [['--timeout', '0'], /^error: Expected --timeout to be a number above 0, at most 2000000, got "0"\n$/],
    [['--format', 'xml'], /^error: Expected --format to be json or msgpack, got "xml"\n$/],
  ] as const) {
    it(`refuses wrong usage: ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await runCli(['listen', ...args]);
      assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
      assert.match(stderr, says);
    });
  }
});

describe('listen()', { concurrency: true }, () => {
  it('does not count the time that its caller takes as silence', async () => {
    const station = await Station.open();
    const idleTimeoutS = 0.5;
    const received: string[] = [];
    const over = (async () => {
      for await (const { topic } of listen({ url: station.url, idleTimeoutS })) {
        received.push(topic);
        await sleep(1.5 * 1000 * idleTimeoutS);
      }
    })();
    await station.subscription();
    await station.send(EVENTS.slice(0, 3));
    await over;
    station.close();
    assert.deepEqual(received, [
      'lrs2.hardware.status',
      'lrs2.hardware.status.more',
      'virus.hardware.status',
    ]);
  });

  it('ends when its signal is aborted, before or while it waits', { timeout: 60_000 }, async () => {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    for (const signal of [AbortSignal.abort(), AbortSignal.timeout(50)]) {
      for await (const event of listen({ url, signal })) assert.fail(event.topic);
    }
  });

  it('gives payloads to keep', async () => {
    const station = await Station.open();
    const events: ReceivedEvent[] = [];
    const over = (async () => {
      for await (const event of listen({ url: [station.url], count: EVENTS.length })) events.push(event);
    })();
    await station.subscription();
    await station.send(EVENTS);
    await over;
    station.close();
    assert.deepEqual(
      events.map(({ topic, payload }) => [topic, payload.toString()]),
      EVENTS,
    );
  });

  for (const [options, code] of [
    [{ url: 'nowhere' }, 'BAD_ADDRESS'],
    [{ count: 0 }, 'BAD_OPTION'],
    [{ idleTimeoutS: 0 }, 'BAD_OPTION'],
  ] as const) {
    it(`refuses ${JSON.stringify(options)}`, async () => {
      await assert.rejects(listen(options).next(), { name: 'TcsReplayError', code });
    });
  }
});

/** Runs `listen` to its end, and sends it messages as soon as it is there. */
async function listenTo(messages: readonly (readonly (string | Buffer)[])[], args: readonly string[]) {
  const station = await Station.open();
  try {
    const outcome = runCli(['listen', station.url, ...args]);
    const subscription = await station.subscription();
    await station.send(messages);
    return { ...(await outcome), subscription };
  } finally {
    station.close();
  }
}
