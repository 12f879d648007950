import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type OddEvent, writeOddNight, writeTopicsNight, writeWildTimesNight } from '../support/odd-night.js';
import { type Comparison, Parity } from '../support/parity.js';
import { endAll, freePort, readRecorded, runCli, skipWithoutPython } from '../support/peer.js';

const RUNS_AT_ONCE = 2;
/** How much before it is due, by the clock of the subscriber, an event may arrive. */
const EARLIEST_SECONDS = -0.002;

const ORDERS = ['none', '__data_time', '__wire_time'];
const CONVERSIONS: Record<string, string[]> = {
  'no conversion': [],
  'numbers converted': ['--convert-number'],
  'booleans converted': ['--convert-bool'],
  'both converted': ['--convert-number', '--convert-bool'],
};
/** Among them: exact names, `*`, `?` for one emoji, brackets that are no sets, and what chooses nothing. */
const TOPICS: Record<string, string[]> = {
  'all topics': [],
  'exact topics': ['-t', 'odd.plain.n3', 'odd.[x].glob', 'odd', 'no.such.topic'],
  'topic globs': ['-t', '*.glob', '?.odd.glob', 'odd.[x].*', 'odd.plain.n?', 'no.such.*'],
};

const folder = mkdtempSync(join(tmpdir(), 'tcs-parity-'));
const oddNight = join(folder, 'odd.db');
const wildNight = join(folder, 'wild.db');
const topicsNight = join(folder, 'topics.db');
const TOPICS_NIGHT_EVENTS = 20_000;
/** Each runs one case at a time. */
const idle: Parity[] = [];

describe('parity with the model of the reference', { skip: skipWithoutPython() }, () => {
  let oddEvents: OddEvent[] = [];
  let wildEvents: OddEvent[] = [];

  before(() => {
    oddEvents = writeOddNight(oddNight);
    wildEvents = writeWildTimesNight(wildNight);
    writeTopicsNight(topicsNight, { events: TOPICS_NIGHT_EVENTS });
  });

  after(async () => {
    for (const parity of idle) parity.end();
    await endAll();
    rmSync(folder, { recursive: true });
  });

  describe('flat out, with the original times', { concurrency: RUNS_AT_ONCE }, () => {
    // Each two of an order, a conversion and a choice of topics come together.
    const choices = Object.keys(TOPICS);
    const cases = ORDERS.flatMap((order, i) =>
      Object.keys(CONVERSIONS).map((conversion, j) => ({
        ...{ order, conversion, topics: choices[(i + j) % choices.length] },
      })),
    );
    for (const { order, conversion, topics } of cases) {
      it(`sends the same: odd night, order ${order}, ${conversion}, ${topics}`, async () => {
        const args = [oddNight, '-S', order, ...CONVERSIONS[conversion], ...TOPICS[topics]];
        const { model, program } = flatOut(args);
        // Threads take longer to start than to decode this.
        if (topics !== 'all topics' || conversion !== 'both converted') program.push('--workers', '0');
        const { comparison } = await sendBoth({ model, program });
        if (topics === 'all topics') assert.equal(comparison.messages[0], oddEvents.length);
        else assert(comparison.messages[0] > 5 && comparison.messages[0] < oddEvents.length);
        assertEqual(comparison);
      });
    }

    for (const order of ORDERS) {
      it(`sends the same: times far from any clock, order ${order}`, async () => {
        const { comparison } = await sendBoth(flatOut([wildNight, '-S', order, '--convert-number']));
        assert.equal(comparison.messages[0], wildEvents.length);
        assertEqual(comparison);
      });
    }

    it(`sends the same: ${TOPICS_NIGHT_EVENTS} plain events`, async () => {
      const { comparison } = await sendBoth(flatOut([topicsNight, '--convert-number', '--convert-bool']));
      assert.equal(comparison.messages[0], TOPICS_NIGHT_EVENTS);
      assertEqual(comparison);
    });
  });

  // Alone, since it is about time.
  describe('at a speed', () => {
    for (const order of ORDERS) {
      it(`rewrites times alike, and sends nothing before it is due: order ${order}`, async () => {
        const args = [oddNight, '-S', order, '-s', '4', '--convert-number'];
        const { comparison, records } = await sendBoth({ model: args, program: args }, { rewritten: true });
        assert.equal(comparison.messages[0], oddEvents.length);
        assertEqual(comparison);
        for (const record of records) {
          const earliness = latenesses(record).filter((seconds) => seconds < EARLIEST_SECONDS);
          assert.deepEqual(earliness, [], `sent before it was due: ${record}`);
        }
      });
    }
  });
});

/** The two command lines of a run without waits; `args` are what they share. */
function flatOut(args: string[]): { model: string[]; program: string[] } {
  return {
    model: [...args, '--times', 'original', '--flat-out'],
    program: [...args, '--times', 'original', '-s', 'max'],
  };
}

/** Runs the model and this program, each to a subscriber of its own, and compares what came. */
async function sendBoth(
  commandLines: { model: string[]; program: string[] },
  { rewritten = false } = {},
): Promise<{ comparison: Comparison; records: string[] }> {
  const port = await freePort();
  const url = `tcp://127.0.0.1:${port}`;
  const records = ['model', 'program'].map((name) => join(folder, `${name}-${port}.jsonl`)) as [
    string,
    string,
  ];
  const waits = ['--hwm', '0', '--wait-setup', '0', '--wait-subscribers', '1'];
  const parity = idle.pop() ?? new Parity();
  const comparison = await parity.compare(
    { url, model: commandLines.model, records, rewritten },
    async () => {
      const { code, stderr } = await runCli([...commandLines.program, '--quiet', ...waits, '-u', url]);
      assert.equal(code, 0, stderr);
    },
  );
  idle.push(parity);
  assert.equal(comparison.malformed, 0);
  return { comparison, records };
}

function assertEqual(comparison: Comparison): void {
  assert(comparison.equal, JSON.stringify(comparison, null, 2));
}

/** By how many seconds the events of a record came after they were due. */
function latenesses(file: string): number[] {
  return readRecorded(file).flatMap(({ payloadText, receivedAtS }) => {
    const dueS: unknown = (JSON.parse(payloadText) as Record<string, unknown>).__wire_time;
    // 400 digits are a number when converted, and no time.
    return typeof dueS === 'number' && dueS < 1e10 ? [receivedAtS - dueS] : [];
  });
}
