import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type OddEvent, writeOddNight, writeTopicsNight } from '../support/odd-night.js';
import { endAll, freePort, runCli } from '../support/peer.js';

const RUNS_AT_ONCE = 2;
const EVENTS = 500;

const folder = mkdtempSync(join(tmpdir(), 'tcs-output-'));
const night = join(folder, 'night.db');
const oddNight = join(folder, 'odd.db');

describe('what playing prints', { concurrency: RUNS_AT_ONCE }, () => {
  let oddEvents: OddEvent[] = [];

  before(() => {
    writeTopicsNight(night, { events: EVENTS });
    oddEvents = writeOddNight(oddNight);
  });

  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  it('is a summary in a few lines, and on stderr who is there, where that is no terminal', async () => {
    const { stdout, stderr } = await play([night]);
    assert.match(stderr, /^Sending to no subscriber at (tcp:\S+); one to try: tcs-replay listen \1\n$/);
    // A value that is too long goes on below.
    const [head, ...rows] = stdout
      .trimEnd()
      .replace(/\n {4,}/g, ' ')
      .split('\n');
    assert.match(head, /^Played 500 events in (\d+ms|[\d.]+m?s)$/);
    // A busy machine may have stalled it.
    assert.deepEqual(
      rows.map((row) => row.trim().split(/\s/)[0]).filter((name) => name !== 'stalls'),
      ['rate', 'size', 'to', 'lateness'],
    );
    assert.match(rows[0], /^ {2}rate +[\d,]+ events\/s, [\d.]+ kB\/s$/);
    assert.match(rows[1], /^ {2}size +[\d.]+ kB$/);
    const times = ['p50', 'p90', 'p99', 'p99\\.9', 'p99\\.99', 'max'].map(
      (name) => `${name} [\\d.]+(µs|ms|s)`,
    );
    assert.match(rows[2], /^ {2}to +no subscriber at tcp:\S+$/);
    assert.match(rows[3], new RegExp(`^ {2}lateness +${times.join(', ')}$`));
  });

  it('says in the summary how it ended, and what was left out', async () => {
    const { stdout } = await play([night, '-s', 'max', '--limit', '20', '-t', 'tcs.*']);
    assert.match(stdout, /^Stopped at the limit after 20 events in /);
    const { stdout: filtered } = await play([night, '-s', 'max', '-t', 'tcs.*']);
    assert.match(filtered, /^ {2}filtered +350 events of other topics$/m);
    assert.doesNotMatch(filtered, /lateness/);
  });

  it('warns in the summary of each oddity of a night, with how many events had it', async () => {
    const [{ stdout }, { stdout: json }] = await Promise.all([
      play([oddNight, '-s', 'max']),
      play([oddNight, '-s', 'max', '--json']),
    ]);
    const { sent, warnings } = JSON.parse(json);
    assert.equal(sent, oddEvents.length);
    const rows = stdout.split('\n').filter((row) => row.startsWith('  warning '));
    const said = rows.map((row) => row.replace('warning', '').trim());
    assert.deepEqual(said, [
      `${warnings.missingWireTime} without a usable wire time: sent at their data time`,
      `${warnings.missingTime} without a usable time: sent at once`,
      `${warnings.noAttributes} without attributes`,
      `${warnings.duplicateKey} with a key that occurs twice: its last value was sent`,
      `${warnings.blobValue} values that are BLOBs: sent as text`,
      `${warnings.invalidUtf8} texts that are not UTF-8: bad bytes replaced`,
    ]);
    const withoutAttributes = oddEvents.filter(({ what }) => what.startsWith('no attributes'));
    assert.equal(warnings.noAttributes, withoutAttributes.length);
  });

  it('is one JSON document on request', async () => {
    const { stdout, stderr } = await play([night, '--json']);
    assert.equal(stderr, '');
    const { sent, bytes, durationS, eventsPerS, bytesPerS, lateness, stalls, addresses, ...rest } =
      JSON.parse(stdout);
    assert.match(addresses[0], /^tcp:\S+$/);
    assert.deepEqual(rest, {
      endedBy: 'end',
      routes: [],
      subscribers: { atStart: 0, most: 0 },
      filtered: 0,
      primed: 0,
      dropped: 0,
      shifts: { count: 0, totalS: 0 },
      onFull: 'drop',
      blocked: { count: 0, totalS: 0, longestS: 0, by: [] },
      seeks: 0,
      undelivered: { subscribers: 0, mostEvents: 0 },
      pauses: { count: 0, totalS: 0 },
      failed: [],
      passed: [],
      writeFailures: [],
      unmatchedTopics: [],
      gaps: { count: 0, leftOutS: 0 },
      changes: [],
      disorder: { count: 0, mostS: 0, strays: 0, stepsBack: 0 },
      damage: { stretches: 0, lostEvents: 0, mostFurtherEvents: 0, places: [] },
      unreadable: [],
      recordedFromS: 1_700_000_000,
      recordedToS: 1_700_000_000 + (EVENTS - 1) * 0.001,
      passes: 1,
      warnings: {
        missingWireTime: 0,
        missingTime: 0,
        noAttributes: 0,
        duplicateKey: 0,
        blobValue: 0,
        invalidUtf8: 0,
      },
    });
    assert.equal(sent, EVENTS);
    assert(durationS >= (EVENTS - 1) * 0.001 - 1e-6 && durationS < 60, `durationS: ${durationS}`);
    assert.equal(eventsPerS, sent / durationS);
    assert.equal(bytesPerS, bytes / durationS);
    const { p50Us, p90Us, p99Us, p999Us, p9999Us, maxUs, meanUs, ...unknown } = lateness;
    assert.deepEqual(unknown, {});
    const rising = [0, p50Us, p90Us, p99Us, p999Us, p9999Us, maxUs];
    assert.deepEqual(
      rising,
      rising.toSorted((a, b) => a - b),
    );
    assert(meanUs > 0 && meanUs <= maxUs, stdout);
    assert.deepEqual(Object.keys(stalls).slice(0, 3), ['readAhead', 'eventLoop', 'send']);
  });

  it('has no lateness flat out, where no event has a moment', async () => {
    const { stdout } = await play([night, '--json', '-s', 'max']);
    assert(!('lateness' in JSON.parse(stdout)));
  });

  it('is nothing when it is to be quiet', async () => {
    const { stdout, stderr } = await play([night, '-s', 'max', '--quiet']);
    assert.deepEqual({ stdout, stderr }, { stdout: '', stderr: '' });
  });

  it('is the JSON document alone when it is to be quiet as well', async () => {
    const { stdout, stderr } = await play([night, '-s', 'max', '--quiet', '--json']);
    assert.deepEqual([JSON.parse(stdout).sent, stderr], [EVENTS, '']);
  });
});

async function play(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const { code, stdout, stderr } = await runCli([...args, '-u', url, '--wait-setup', '0', '--workers', '0']);
  assert.equal(code, 0, stderr);
  return { stdout, stderr };
}
