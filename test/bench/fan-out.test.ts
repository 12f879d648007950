import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectedDigest } from '../../bench/expected-digest.js';
import { fanOutFaults } from '../../bench/fan-out/fan-out-faults.js';
import { measureFlatOut, ours } from '../../bench/fan-out/flat-out.js';
import { measurePaced, type PacedPlan, startPacedReceivers } from '../../bench/fan-out/paced.js';
import { fanOutScenario } from '../../bench/fan-out/scenario.js';
import { seededNight } from '../../bench/night.js';
import { pacedNight } from '../../bench/pacing/paced-night.js';
import { requireReceiverInC } from '../../bench/receiver-choice.js';
import type { Reception } from '../../bench/reception.js';
import type { Measured, Prepared } from '../../bench/scenario.js';
import type { Settings } from '../../bench/settings.js';
import { ownBenchCache, skipWithoutReceiver } from '../support/bench-cache.js';

const EVENTS = 5000;
const ATTRIBUTES = 16;
const RATE_PER_S = 500;
const DURATION_S = 2;
const PACED_EVENTS = RATE_PER_S * DURATION_S;
const HOLD_MS = 900;
const FOUR = 'flat out, 4 subscribers';
const WITHOUT_SOME = ['--exclude', 'tracker.*'];

ownBenchCache('fan-out');

function prepare(settings: Partial<Settings>): Promise<Prepared> {
  return fanOutScenario.prepare({
    ...{ level: 'quick', events: EVENTS, seconds: 1, highWaterMark: undefined, wants: () => true },
    ...{ signal: new AbortController().signal, onMake: () => {}, onStep: () => {} },
    ...settings,
  });
}

function measure({ cases }: Prepared, id: string): Promise<Measured> {
  const found = cases.find((each) => each.id === id);
  assert(found !== undefined, id);
  return found.measure();
}

function making() {
  return { signal: new AbortController().signal, onMake: () => {} };
}

async function twoFlatOut() {
  const night = await seededNight({ ...making(), events: EVENTS, attributes: ATTRIBUTES });
  const expected = { events: EVENTS, digest: expectedDigest(night, 'compact') };
  return { night, plan: { expected, subscribers: 2, receiver: requireReceiverInC() } };
}

async function twoPaced(): Promise<PacedPlan> {
  const night = await pacedNight({ ...making(), ratePerS: RATE_PER_S, durationS: DURATION_S });
  const digest = expectedDigest(night, 'compact');
  return { night, digest, subscribers: 2, receiver: requireReceiverInC(), highWaterMark: undefined };
}

function figure({ figures }: Measured, name: string): number {
  const value = figures[name];
  assert(typeof value === 'number', `${name} is ${value}`);
  return value;
}

describe('the scenario fan-out', { skip: skipWithoutReceiver() }, () => {
  it('has ours and the limit flat out, and ours at a pace, by the number of subscribers', async () => {
    const { cases } = await prepare({ wants: () => false });
    const flatOut = ['1 subscriber', '4 subscribers'].flatMap((who) => [`limit, ${who}`, `flat out, ${who}`]);
    const paced = ['500/s, 1 subscriber', '500/s, 4 subscribers'];
    assert.deepEqual(
      cases.map(({ id }) => id),
      [...flatOut, ...paced],
    );
    assert.deepEqual(
      cases.map(({ reference }) => reference),
      [null, flatOut[0], null, flatOut[2], null, null],
    );
    assert.deepEqual(cases.at(-1)?.parameters, {
      ...{ publisher: 'tcs-replay', subscribers: 4, ratePerS: RATE_PER_S, trialS: 1 },
    });
  });

  it('calls a trial invalid in which subscribers lose events to a low high-water mark', async () => {
    const prepared = await prepare({ wants: (id) => id === FOUR, highWaterMark: 1 });
    assert.equal(prepared.conditions.highWaterMark, 1);
    const { reasons, counts, figures } = await measure(prepared, FOUR);
    assert(counts && counts.lost > 0 && counts.received + counts.lost === 4 * EVENTS);
    assert.equal(figures.lostShare, counts.lost / counts.expected);
    assert.match(reasons[0], /^[1-4] subscribers? of 4 lost [\d,]+ of 20,000 events$/);
    assert.match(reasons[1], /^subscriber \d: received \d+ of 5000 events; /);
  });

  it('calls a trial invalid whose content is not that of the night', async () => {
    const { night, plan } = await twoFlatOut();
    const publisher = ours(night, undefined, ['--convert-number']);
    const { reasons, counts } = await measureFlatOut({ ...plan, publisher });
    assert.equal(counts?.isContentRight, false);
    assert.match(
      reasons.join('\n'),
      new RegExp(`^subscriber 1: .* expected the digest ${plan.expected.digest}, found`),
    );
  });

  it('gives no figures of a publisher that fails, and says why', async () => {
    const { night, plan } = await twoFlatOut();
    const publisher = ours(night, undefined, ['--no-such-option']);
    await assert.rejects(
      measureFlatOut({ ...plan, publisher }),
      /The publisher ended with 2: .*no-such-option/s,
    );
  });

  it('shows a subscriber that is held in its own latency, and not in that of another', async () => {
    const plan = await twoPaced();
    const receivers = await startPacedReceivers(plan);
    const measuring = measurePaced(plan, receivers);
    const [, held] = receivers.all;
    await held.firstEvent();
    process.kill(held.pid!, 'SIGSTOP');
    await sleep(HOLD_MS);
    process.kill(held.pid!, 'SIGCONT');
    const measured = await measuring;
    const { counts, targetPerS, histograms } = measured;
    assert.deepEqual(counts, {
      ...{ expected: 2 * PACED_EVENTS, received: 2 * PACED_EVENTS, lost: 0, outOfOrder: 0 },
      isContentRight: true,
    });
    // From the first event on, which is no part of what comes in that time.
    assert.equal(targetPerS, (PACED_EVENTS - 1) / DURATION_S);
    assert.equal(histograms?.delivery?.totalCount, 2 * PACED_EVENTS);
    // All that is sent while it is held is late by up to as long as that: far more than a hundredth of all.
    assert(figure(measured, 'worstP99Us') > 700 * HOLD_MS);
    assert(figure(measured, 'bestP99Us') < 500 * HOLD_MS);
    assert(figure(measured, 'deliveryMaxUs') >= figure(measured, 'worstP99Us'));
  });

  it('calls a trial at a pace invalid whose publisher leaves out events, and plays faster than asked', async () => {
    const plan = await twoPaced();
    const slower = { ...plan, night: { ...plan.night, durationS: 2 * DURATION_S } };
    const { reasons } = await measurePaced(slower, await startPacedReceivers(slower), WITHOUT_SOME);
    assert.match(reasons[0], /^sent \d+ of 1000 events$/);
    assert.match(reasons[1], /^2 subscribers of 2 lost [\d,]+ of 2,000 events$/);
    assert.match(
      reasons[2],
      /^subscriber 1: received \d+ of 1000 events; .*; took \d\.\d+ s, planned were 4\.000 s$/,
    );
  });
});

const WHOLE: Reception = {
  ...{ received: 10, lost: 0, outOfOrder: 0, unnumbered: 0, firstSequence: 1, bytes: 100, seconds: 1 },
  digest: 'a',
};

function faults(receptions: readonly Partial<Reception>[], digest: string | null = 'a', sent = 10) {
  const all = receptions.map((each) => ({ ...WHOLE, ...each }));
  const { reasons, counts } = fanOutFaults({ events: 10, digest }, sent, all);
  return { reasons, isContentRight: counts.isContentRight };
}

it('finds nothing wrong where all got the same, which is what is expected, but what was not sent', () => {
  assert.deepEqual(faults([{}, {}]), { reasons: [], isContentRight: true });
  const other = { digest: 'b' };
  assert.deepEqual(faults([other, other], null), { reasons: [], isContentRight: null });
  assert.deepEqual(faults([{}], 'a', 9).reasons, ['sent 9 of 10 events']);
});

it('finds content that differs from subscriber to subscriber, or from what is expected', () => {
  const other = { digest: 'b' };
  assert.deepEqual(faults([{}, other], null), {
    reasons: ['expected the same content at all subscribers, found digests a, b'],
    isContentRight: false,
  });
  const { reasons, isContentRight } = faults([other, other]);
  assert.equal(isContentRight, false);
  assert.deepEqual(
    reasons.map((reason) => /^subscriber [12]: .* expected the digest a, found b$/.test(reason)),
    [true, true],
  );
});

it('says of a few subscribers what is wrong, and counts the others', () => {
  const lossy = { received: 8, lost: 2, digest: 'b' };
  const { reasons } = faults([lossy, {}, lossy, { outOfOrder: 1 }, lossy]);
  assert.deepEqual(reasons, [
    '3 subscribers of 5 lost 6 of 50 events',
    'subscriber 1: received 8 of 10 events; 2 numbers missing in between',
    'subscriber 3: received 8 of 10 events; 2 numbers missing in between',
    'subscriber 4: 1 events out of order',
    'and something at 1 subscriber more',
  ]);
});
