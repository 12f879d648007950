import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { loadFrame } from '../../src/cli/live/load-frame.js';
import type { LoadProgress } from '../../src/loadtest/load-progress.js';
import { writeEvenNight } from '../support/even-night.js';
import { skipWithoutPython } from '../support/peer.js';
import { endTerminals, Terminal } from '../support/terminal.js';

const WIDTHS = [80, 200];
const ROWS = 24;
const LONG_NAME = `a logger ${'of the dome '.repeat(7)}end`;

type SubscriberNow = LoadProgress['subscribers'][number];

function subscriber(name: string, given: Partial<SubscriberNow> = {}): SubscriberNow {
  return {
    ...{ name, kind: 'own', pid: 1234, received: 1_234_567_890 },
    ...{ receivedPerS: 1_234_567, lag: 12_345_678, lost: 0, p99Us: 12_345, backedUpShare: 0 },
    ...given,
  };
}

const SENTINEL = subscriber('sentinel', { kind: 'sentinel', lag: 0 });

function progress(subscribers: readonly SubscriberNow[]): LoadProgress {
  return {
    ...{ phase: 'load', atS: 5400, durationS: 36_000, stage: 99, stages: 100, unit: 'rate' },
    ...{ intended: 1_000_000, offeredPerS: 999_999, lateP99Us: 12_345, sent: 123_456_789 },
    search: null,
    burst: null,
    subscribers,
  };
}

function linesOf(subscribers: readonly SubscriberNow[], columns: number): string[] {
  const rates = Array.from({ length: 400 }, (_, i) => i);
  const frame = loadFrame(progress(subscribers), rates, { columns, rows: ROWS });
  return frame.map((line) => line.map(({ text }) => text).join(''));
}

const namesIn = (lines: readonly string[]) => lines.slice(4).map((line) => line.trim().split(' ')[0]);

describe('the view of a load test', () => {
  for (const columns of WIDTHS)
    it(`fits ${columns} columns and ${ROWS} rows, whatever the names and the figures`, () => {
      const many = Array.from({ length: 1000 }, (_, i) => subscriber(`${LONG_NAME} ${i}`));
      const lines = linesOf([SENTINEL, ...many], columns);
      assert(lines.length <= ROWS, `${lines.length}`);
      for (const line of lines) assert([...line].length <= columns, `${[...line].length}: ${line}`);
      assert.equal(lines.at(-1)?.trim(), `${1001 - (ROWS - 5)} more`);
      assert.match(lines[3], /p99$/);
    });

  for (const columns of WIDTHS)
    it(`shows in ${columns} columns between which sizes the largest burst lies`, () => {
      const lost = { events: 2000, outcome: 'bad', reasons: ['gui: lost 12 events'], limit: null } as const;
      const burst = {
        ...{ events: 1414, number: 5, lower: 1000, upper: 2000, elapsedS: 12, leftS: 168 },
        bursts: [
          { ...lost, events: 1000, outcome: 'good' as const, lost: [], recoveryS: 1 },
          { ...lost, lost: ['gui'], recoveryS: 1 },
        ],
      };
      const frame = loadFrame({ ...progress([SENTINEL]), burst }, [1], { columns, rows: ROWS });
      const lines = frame.map((line) => line.map(({ text }) => text).join(''));
      assert.match(lines[1], /^search {2}1,414 events back to back/);
      assert.match(lines[2], /^1,000 events holds {2}\[\++\.+\^\.*-+\] {2}2,000 events does not$/);
      assert.equal(lines[3], 'last    2,000 events bad gui: lost 12 events');
    });

  it('shows names in full where there is room', () => {
    assert(linesOf([SENTINEL, subscriber(LONG_NAME)], 200).some((line) => line.includes(LONG_NAME)));
    assert(linesOf([SENTINEL, subscriber('python3 127.0.0.1:41478', { lag: 2 })], 80)[5].includes(':41478 '));
  });

  it('has the sentinel first, then those that lost most, those that are backed up, and leaves the others in place', () => {
    const lines = linesOf(
      [
        ...[subscriber('one', { lag: 3 }), subscriber('two', { lag: 20 }), SENTINEL],
        ...[subscriber('held', { backedUpShare: 0.9 }), subscriber('lost-5', { lost: 5 })],
        ...[subscriber('lost-50', { lost: 50 }), subscriber('three', { lag: 10 })],
      ],
      80,
    );
    assert.deepEqual(namesIn(lines), ['sentinel', 'lost-50', 'lost-5', 'held', 'one', 'two', 'three']);
  });
});

describe('the view of a load test on a terminal', { skip: skipWithoutPython() }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tcs-load-frame-'));
  const night = join(folder, 'night.db');
  before(() => writeEvenNight(night, { events: 1000, ratePerS: 1000, fillBytes: 100 }));
  after(() => {
    endTerminals();
    rmSync(folder, { recursive: true });
  });

  for (const columns of WIDTHS)
    it(`shows the load at ${columns} columns, gives way to the report, and restores the terminal`, async () => {
      const args = ['loadtest', night, '-u', 'tcp://127.0.0.1:*', '--stage', '200:3s', '--subscriber', '2'];
      const terminal = Terminal.play(args, columns, ROWS);
      await terminal.until(/load {2}stage 1 of 1 {2}\d+s of 3s/);
      await terminal.until(/subscriber +rate +behind +lost +backed up +p99/);
      await terminal.until(/sentinel +[\d,]+\/s/);
      await terminal.until(/own-1 +[\d,]+\/s/);
      await terminal.until(/Load: [\d,]+ events in/);
      const { code, restored } = await terminal.outcome;
      assert([0, 5].includes(code), `${code}`);
      assert(restored);
    });
});
