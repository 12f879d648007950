import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import SQLite from 'better-sqlite3';
import { measureCeiling } from '../../bench/end-to-end/ceiling.js';
import { endToEndScenario } from '../../bench/end-to-end/scenario.js';
import { type FlatOutPlan, playFlatOut } from '../../bench/end-to-end/trial.js';
import { type Nights, nightsOf, variantsOf } from '../../bench/end-to-end/variants.js';
import { expectedDigest } from '../../bench/expected-digest.js';
import { ascii, expectedFrames } from '../../bench/expected-frames.js';
import { type Night, SEQUENCE_KEY, seededNight } from '../../bench/night.js';
import { peerProgram } from '../../bench/peer-program.js';
import { chooseReceiver, requireReceiverInC } from '../../bench/receiver-choice.js';
import { rateOf } from '../../bench/receiver-rate.js';
import { faultsOf, repeated } from '../../bench/reception-faults.js';
import { LEVELS } from '../../bench/result.js';
import type { Measured } from '../../bench/scenario.js';
import type { Settings } from '../../bench/settings.js';
import { ownBenchCache } from '../support/bench-cache.js';
import { RunningProgram, skipWithoutPython } from '../support/peer.js';
import { SLOWED_BY } from '../support/spoil.js';

const BENCH = fileURLToPath(new URL('../../bench/main.js', import.meta.url));
const SLOW_SQLITE = new URL('../support/slow-sqlite.js', import.meta.url).href;
const EVENTS = 2000;
/** Several times the read-ahead, which is full when the clock starts. */
const SLOW_EVENTS = 5000;
const ATTRIBUTES = 16;

/** The benchmark's cache is in here, and leaves with it. */
const folder = ownBenchCache('end-to-end');

const SETTINGS: Settings = {
  ...{ level: 'quick', events: EVENTS, seconds: undefined, highWaterMark: undefined },
  wants: () => true,
  signal: new AbortController().signal,
  onMake: () => {},
  onStep: () => {},
};

function skipWithoutC(): string | false {
  const { language, reason } = chooseReceiver();
  return language === 'C' ? false : `no receiver in C: ${reason}`;
}

function night(events = EVENTS): Promise<Night> {
  return seededNight({ ...SETTINGS, events, attributes: ATTRIBUTES });
}

/** From memory: not every machine that runs tests has its temporary files on a disk. */
async function play({ events, ...rest }: Partial<FlatOutPlan> & { events?: number } = {}): Promise<Measured> {
  const made = await night(events);
  return playFlatOut({
    ...{ publisher: 'ours', night: made, receiver: requireReceiverInC(), highWaterMark: undefined, args: [] },
    ...{ isCold: false, digest: expectedDigest(made, 'compact'), ...rest },
  });
}

function assertWhole({ reasons, counts }: Measured, events = EVENTS): void {
  assert.deepEqual(reasons, []);
  assert.deepEqual(counts, {
    ...{ expected: events, received: events, lost: 0, outOfOrder: 0, isContentRight: true },
  });
}

describe('the end-to-end benchmark', { skip: skipWithoutC() }, () => {
  it('calls a trial of what the receiver takes invalid whose content is another', async () => {
    const publisher = peerProgram('publisher');
    assert('command' in publisher);
    const { reasons } = await measureCeiling({
      ...{ receiver: requireReceiverInC(), framesPath: expectedFrames(await night(), 'compact') },
      ...{ events: EVENTS, command: publisher.command, digest: 'c0ffee' },
    });
    assert.match(reasons.join('\n'), /^received other content than was to be sent: .* digest c0ffee, found/);
  });

  it('knows the content of the peer, which has a form of its own', async () => {
    const made = await night();
    assert.notEqual(expectedDigest(made, 'spaced'), expectedDigest(made, 'compact'));
  });

  it('knows the order by time, nights without an index, and prepared ones with texts for ids', async () => {
    const nights = await nightsOf({ ...SETTINGS, level: 'full', events: 200 });
    assert.deepEqual(
      nights.others.map(({ events }) => events),
      [2, 20, 1000],
    );
    const variants = variantsOf('full', nights).filter(({ id }) =>
      ['by __wire_time', 'no index', 'prepared, text ids'].includes(id),
    );
    assert.equal(variants.length, 3);
    for (const variant of variants) {
      const digest = expectedDigest(variant.night, 'compact');
      assertWhole(await play({ ...variant, digest, isCold: false }), variant.night.events);
    }
    // Played by the table, they are not in the order by time.
    const byTime = variants.find(({ id }) => id === 'by __wire_time')!;
    const { reasons, counts } = await play({ ...byTime, args: [], digest: null, isCold: false });
    assert(counts!.outOfOrder > 0);
    assert.match(reasons.join('\n'), /^\d+ events out of order$/m);
  });

  // That events are lost, or left out, is shown by `command.test.ts` and `fan-out.test.ts`.
  it('calls a trial invalid whose events have other content', async () => {
    const { reasons, counts } = await play({ args: ['--convert-number'] });
    assert.deepEqual([counts!.received, counts!.isContentRight], [EVENTS, false]);
    assert.equal(reasons.length, 1);
    assert.match(
      reasons[0],
      /^received other content than was to be sent: expected the digest [\da-f]{16}, /,
    );
  });

  it('shows a program that is slow, by its rate and its CPU time', async () => {
    // Small batches, and few of them before the clock starts.
    const args = ['--reader', 'sql', '--workers', '1', '--batch-events', '256', '--read-ahead', '1MiB'];
    const asItIs = await play({ args, events: SLOW_EVENTS });
    const slow = await play({
      ...{ args, events: SLOW_EVENTS },
      env: { NODE_OPTIONS: `--import=${SLOW_SQLITE}` },
    });
    for (const measured of [asItIs, slow]) assertWhole(measured, SLOW_EVENTS);
    const [before, after] = [asItIs.figures, slow.figures];
    // On a busy machine two rates scatter by a factor of two: CPU time tells more exactly.
    assert(
      after.eventsPerS! < before.eventsPerS! / (SLOWED_BY / 10),
      `${before.eventsPerS}, ${after.eventsPerS}`,
    );
    // Of all CPU time, that of the start included.
    if (process.platform === 'linux') assert(after.cpuUsPerEvent! > 2 * before.cpuUsPerEvent!);
  });

  it('says why a publisher failed', async () => {
    await assert.rejects(
      play({ args: ['--no-such-option'] }),
      /^Error: The publisher ended with 2: error: .*--no-such-option/,
    );
  });

  it('makes the digest of what is in the database: a changed value gives another', async () => {
    const { path, ...rest } = await night();
    const changed = join(folder, 'changed.db');
    copyFileSync(path, changed);
    const database = new SQLite(changed);
    // A time that is set when an event is sent is not part of it.
    database.exec(`UPDATE attribute SET value = '1.5' WHERE event_id = 3 AND key = '__wire_time'`);
    assert.equal(
      expectedDigest({ ...rest, path: changed }, 'compact'),
      expectedDigest(await night(), 'compact'),
    );
    for (const name of readdirSync(folder)) if (/^changed-/.test(name)) rmSync(join(folder, name));
    database
      .prepare('UPDATE attribute SET value = ? WHERE event_id = ? AND key = ?')
      .run('4', 3, SEQUENCE_KEY);
    database.close();
    assert.notEqual(
      expectedDigest({ ...rest, path: changed }, 'compact'),
      expectedDigest(await night(), 'compact'),
    );
  });
});

it('takes the receiver in Python where there is no compiler, and says so', {
  skip: skipWithoutPython(),
}, async () => {
  const { code, stdout, stderr } = await new RunningProgram(
    process.execPath,
    [BENCH, 'end-to-end', '--quick', '--runs', '1', '--events', String(EVENTS), '--case', 'ours'],
    { timeoutMs: 120_000, env: { CC: 'no-such-compiler' } },
  ).outcome;
  assert.equal(code, 0, stderr);
  // Lines are wrapped.
  const told = stdout.replace(/\s+/g, ' ');
  assert.match(told, /receiver:? in Python, a process of its own/);
  assert.match(told, /The receiver in C could not be had \(no C compiler no-such-compiler: .*ENOENT\)/);
  assert.match(told, /Without the receiver’s ceiling: it takes a compiler\. Debian: apt-get install/);
});

it('has cases of their own names, and pictures of some of them', () => {
  const base: Night = { path: 'a', events: 200_000, attributes: ATTRIBUTES, sizeBytes: 1 };
  const nights: Nights = {
    ...{ base, others: [2000, 20_000, 1_000_000].map((events) => ({ ...base, events })) },
    ...{ textIds: base, unindexed: base, ranksPath: 'b' },
  };
  for (const level of LEVELS) {
    const ids = variantsOf(level, nights).map(({ id }) => id);
    assert.equal(ids[0], 'ours');
    assert.equal(new Set(ids).size, ids.length);
  }
  const all = [...variantsOf('full', nights).map(({ id }) => id), 'peer', 'receiver'];
  for (const { cases = [] } of endToEndScenario.charts) for (const id of cases) assert(all.includes(id), id);
});

it('writes text as JSON of nothing but ASCII', () => {
  for (const text of ['plain', 'a "b"\\\n', '20 °C', '\u007f', '😀'])
    assert.deepEqual([/^[ -~]*$/.test(ascii(text)), JSON.parse(ascii(text))], [true, text]);
});

const WHOLE = {
  ...{ received: 10, lost: 0, outOfOrder: 0, unnumbered: 0, firstSequence: 1 as number | null },
  ...{ bytes: 100, seconds: 1, digest: 'c0ffee' as string | undefined },
};
const FAULTS: Record<string, [sent: number, reception: Partial<typeof WHOLE>, reasons: RegExp[]]> = {
  'nothing is amiss': [10, {}, []],
  'nobody looked at the content': [10, { digest: undefined }, []],
  'the publisher sent too few': [9, { received: 9 }, [/^sent 9 of 10/, /^received 9 of 10/]],
  'the publisher sent too many': [11, { received: 11 }, [/^sent 11 of 10/, /^received 11 of 10/]],
  'the first or last ones are missing': [10, { received: 8 }, [/^received 8 of 10/]],
  'nothing came': [10, { received: 0, firstSequence: null }, [/^received 0 of 10/]],
  'the first one is missing, and another came at the end': [10, { firstSequence: 2 }, [/was number 2$/]],
  'some in between are missing': [10, { received: 8, lost: 2 }, [/^received 8/, /^2 numbers missing/]],
  'some are out of order': [10, { outOfOrder: 1 }, [/^1 events out of order/]],
  'some have no number': [10, { unnumbered: 3 }, [/^3 messages without a number/]],
  'the content is another': [10, { digest: 'beef' }, [/expected the digest c0ffee, found beef$/]],
};
for (const [what, [sent, reception, expected]] of Object.entries(FAULTS)) {
  it(`finds what is wrong with a trial: ${what}`, () => {
    const came = { ...WHOLE, ...reception };
    const { reasons, counts } = faultsOf({ events: 10, digest: 'c0ffee' }, sent, came);
    assert.equal(reasons.length, expected.length, reasons.join('\n'));
    for (const [i, pattern] of expected.entries()) assert.match(reasons[i], pattern);
    assert.deepEqual(counts, {
      ...{ expected: 10, received: came.received, lost: Math.max(0, 10 - came.received) },
      outOfOrder: came.outOfOrder,
      isContentRight: came.digest === undefined ? null : came.digest === 'c0ffee',
    });
  });
}

it('leaves the first message out of a rate: the clock starts when it has come', () => {
  assert.equal(rateOf(11, { received: 11, seconds: 2 }), 5);
  assert.equal(rateOf(1100, { received: 11, seconds: 2 }), 500);
  assert.equal(rateOf(1, { received: 1, seconds: 0 }), 0);
  assert.equal(rateOf(0, { received: 0, seconds: 0 }), 0);
});

it('adds up the digest of messages that are sent several times, in 64 bits', () => {
  assert.deepEqual(repeated({ events: 10, digest: '8000000000000001' }, 3), {
    ...{ events: 30, digest: '8000000000000003' },
  });
  assert.deepEqual(repeated({ events: 10, digest: null }, 2), { events: 20, digest: null });
});
