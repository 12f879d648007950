import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { verify } from '../../src/index.js';
import type { FaultEntry } from '../../src/loadtest/faults/fault-log.js';
import type { FaultKind } from '../../src/loadtest/faults/fault-spec.js';
import type { LoadTestOptions } from '../../src/loadtest/load-options.js';
import type { LoadReport } from '../../src/loadtest/load-report.js';
import { loadTest } from '../../src/loadtest/load-test.js';
import type { Comparison } from '../../src/verify/comparison.js';
import { writeEvenNight } from '../support/even-night.js';
import { assertWhole, named, ofPid } from '../support/load-results.js';
import {
  endAll,
  freePort,
  PythonSubscriber,
  RunningProgram,
  requirePython,
  skipWithoutPython,
  startCli,
} from '../support/peer.js';
import { eventOf, Receiver } from '../support/receiver.js';
import { skipWithoutSs } from '../support/skip-without-ss.js';
import { until } from '../support/until.js';

const EVENTS = 3000;
/** More than are sent: it goes on until it is ended. */
const MANY = '1000000';
/** So few that `listen` has got them before the end. */
const SOME = 100;
const CHECKED_IN = [
  () => [
    requirePython(),
    fileURLToPath(new URL('../../../test/support/python/checked_in.py', import.meta.url)),
  ],
  () => [process.execPath, fileURLToPath(new URL('../support/checked-in.js', import.meta.url))],
];
/** Each has a time in which it ends long before the load does: a busy machine does not send all of it. */
const TIME = '@0.2s..2s';
const FAULTS = [
  ...[
    'drop:5%',
    'duplicate:4',
    'reorder:5%',
    'delay:4,by=100ms',
    'truncate:6',
    'wrong-type:3',
    'missing-key:4',
  ],
  ...['nan:4', 'huge:3,size=50kB', 'non-utf8:4'],
].map((fault) => fault + TIME);
const ALTERING: FaultKind[] = ['truncate', 'wrong-type', 'missing-key', 'nan', 'huge', 'non-utf8'];

const folder = mkdtempSync(join(tmpdir(), 'tcs-faults-'));
const night = join(folder, 'night.db');
const file = (name: string) => join(folder, name);

const run = (options: LoadTestOptions) =>
  loadTest({
    databases: night,
    url: 'tcp://127.0.0.1:*',
    waitSetupS: 0,
    highWaterMark: 0,
    drainS: 60,
    ...options,
  });

function readFaults(path: string): FaultEntry[] {
  const [head, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
  assert.equal(JSON.parse(head).schema, 'tcs-replay-faults/1');
  return lines.map((line) => JSON.parse(line) as FaultEntry);
}

const numbersOf = (faults: readonly FaultEntry[], ...kinds: FaultKind[]) =>
  faults
    .filter(({ kind }) => kinds.includes(kind))
    .map(({ number }) => number)
    .sort((a, b) => a - b);

/** Numbers of the events that `verify` found. */
function found({ doubled, reordered, altered, missing }: Comparison) {
  const listed = (list: Comparison['altered']) =>
    list.first.map(({ number }) => number).sort((a, b) => a - b);
  const missingNumbers = missing.first.flatMap(({ first, last }) =>
    Array.from({ length: last - first + 1 }, (_, i) => first + i),
  );
  return {
    doubled: listed(doubled),
    reordered: listed(reordered),
    altered: listed(altered),
    missing: missingNumbers,
  };
}

/** `verify` finds the faults that the log lists, by number, and no other ones. */
async function assertFound(faults: readonly FaultEntry[], received: string): Promise<void> {
  const comparison = await verify({ sent: file('sent.ledger'), received, workers: 0 });
  const { doubled, reordered, altered, missing } = found(comparison);
  assert.equal(comparison.matchedBy, 'wire time');
  assert.deepEqual(doubled, numbersOf(faults, 'duplicate'));
  assert.deepEqual(reordered, numbersOf(faults, 'reorder', 'delay'));
  // One that was cut off before its wire time came, but as no event that was sent.
  const unknown = missing.filter((number) => numbersOf(faults, 'truncate').includes(number));
  assert.equal(comparison.foreign.count, unknown.length);
  assert.deepEqual(
    missing,
    [...numbersOf(faults, 'drop'), ...unknown].sort((a, b) => a - b),
  );
  assert.deepEqual(
    [...altered, ...unknown].sort((a, b) => a - b),
    numbersOf(faults, ...ALTERING),
  );
}

/** The report counts, kind by kind, the events that the log lists. */
function assertCounted({ load }: LoadReport, faults: readonly FaultEntry[]): void {
  for (const kind of new Set(load.faults.map((fault) => fault.kind))) {
    const counted = load.faults.filter((fault) => fault.kind === kind);
    const listed = faults.filter((fault) => fault.kind === kind);
    const events = listed.reduce((sum, { number, last = number }) => sum + last - number + 1, 0);
    assert.equal(
      counted.reduce((sum, fault) => sum + fault.events, 0),
      events,
      kind,
    );
    assert(events > 0, kind);
  }
}

/** Takes messages until the end: a subscriber whose program reads nothing does not subscribe again after a restart. */
function takeAll(receiver: Receiver): readonly number[] {
  const numbers: number[] = [];
  const take = async () => {
    for (;;) numbers.push(Number(eventOf(await receiver.next()).number));
  };
  take().catch(() => {}); // It was closed.
  return numbers;
}

describe('a load test with faults', { skip: skipWithoutSs() || skipWithoutPython() }, () => {
  before(() => writeEvenNight(night, { events: EVENTS, ratePerS: 1000, fillBytes: 200 }));
  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  it('sends each as it is counted and listed, fells no program of ours, and blames no subscriber', async () => {
    const port = await freePort();
    const [url, checkIn] = [`tcp://127.0.0.1:${port}`, `tcp://127.0.0.1:${await freePort()}`];
    const recorder = await PythonSubscriber.start(url, { record: file('record') });
    const listening = startCli(['listen', url, '--json']);
    const stats = startCli(['listen', url, '--stats', '--json', '--count', String(SOME)]);
    const reporting = CHECKED_IN.map((command, i) => {
      const [program, ...args] = command();
      return new RunningProgram(program, [...args, url, checkIn, `checked-${i}`, MANY]);
    });
    const report = await run({
      ...{
        url,
        reportBind: checkIn,
        stages: ['100:4s'],
        waitSubscribers: 5,
        subscribers: ['1'],
        faults: FAULTS,
        seed: 5,
      },
      ...{ ledger: file('sent.ledger'), faultLog: file('faults.jsonl'), failIf: ['own: lost>0'] },
    });
    assert.deepEqual(report.writeFailures, []);
    const faults = readFaults(file('faults.jsonl'));
    assertCounted(report, faults);
    const [dropped, doubled] = [numbersOf(faults, 'drop').length, numbersOf(faults, 'duplicate').length];
    const messages = report.load.sent - dropped + doubled;

    for (const name of ['sentinel', 'own-1']) {
      const result = named(report, name);
      assertWhole(result);
      assert.equal(result.wanted, report.load.sent - dropped);
      assert.equal(result.duplicated, doubled);
      assert.equal(result.reordered, numbersOf(faults, 'reorder', 'delay').length);
    }
    const bytes = ofPid(report, recorder.pid);
    assert.deepEqual([bytes.proof, bytes.wanted, bytes.lost?.most], ['kernel', messages, 0], bytes.proves);
    for (const [i, program] of reporting.entries()) {
      const { proof, lost, duplicated, pid } = named(report, `checked-${i}`);
      assert.deepEqual([proof, lost?.most, duplicated, pid], ['check-in', 0, doubled, program.pid]);
    }

    assert.equal((await recorder.result()).received, messages);
    await assertFound(faults, file('record'));
    const lines = () => listening.stdout.split('\n').length - 1;
    await until(lines, (count) => count === messages);
    writeFileSync(file('listen.jsonl'), listening.stdout);
    await assertFound(faults, file('listen.jsonl'));
    const { code, stdout } = await stats.outcome;
    assert.deepEqual([code, JSON.parse(stdout).events], [0, SOME]);
  });

  it("steps the clock, and restarts the publisher with its endpoints: what was not sent is nobody's loss", async () => {
    const [url, gui] = [`tcp://127.0.0.1:${await freePort()}`, `tcp://127.0.0.1:${await freePort()}`];
    const receivers = [Receiver.connected(url), Receiver.connected(gui)];
    const taken = receivers.map(takeAll);
    const notices: string[] = [];
    const report = await run({
      ...{ url, stages: ['100:4s'], waitSubscribers: 1, subscribers: ['2'], endpoints: [`gui=${gui}`] },
      faults: ['clock-step:-2s@0.2s..0.5s', 'drop:3@0.5s..0.8s', 'restart@1s', 'clock-step:+1h@1.5s'],
      ...{ faultLog: file('restart.jsonl'), onNotice: (notice) => notices.push(notice) },
    });
    const faults = readFaults(file('restart.jsonl'));
    assertCounted(report, faults);
    const [away] = faults.filter(({ kind }) => kind === 'restart');
    const dropped = numbersOf(faults, 'drop');
    const isSent = (number: number) =>
      !dropped.includes(number) && !(number >= away.number && number <= (away.last ?? 0));
    const sent = Array.from({ length: report.load.sent }, (_, i) => i + 1).filter(isSent);
    for (const name of ['sentinel', 'own-1', 'own-2']) {
      const { wanted, received, lost } = named(report, name);
      assert.deepEqual([wanted, received, lost?.most], [sent.length, sent.length, 0], name);
    }
    const told = notices.filter((notice) => notice.startsWith('The publisher was restarted: '));
    assert.equal(told.length, 1);
    assert.match(told[0], /: 5 of 5 subscribers were back after /);
    assert.equal(named(report, 'gui').lost?.most, 0);
    for (const numbers of taken) {
      await until(
        () => numbers.length,
        (count) => count >= sent.length,
      );
      assert.deepEqual(numbers, sent);
    }
    for (const each of receivers) each.close();
  });
});
