import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseLoadConditions } from '../../src/loadtest/load-condition.js';
import type { SubscriberResult } from '../../src/loadtest/load-report.js';
import type { StageResult } from '../../src/loadtest/stage-figures.js';
import { judge } from '../../src/loadtest/verdict.js';

const STAGE: StageResult = {
  ...{ from: 1000, to: 1000, durationS: 10, playedS: 10, intended: 10_000, offered: 10_000, bytes: 1e6 },
  ...{ lateP50Us: 50, lateP99Us: 400, lateMaxUs: 2000 },
};

function subscriber(name: string, changes: Partial<SubscriberResult> = {}): SubscriberResult {
  return {
    ...{ name, kind: 'own', proof: 'count', proves: '', peer: null, pid: null, command: null },
    ...{
      wanted: 10_000,
      received: 10_000,
      lost: { least: 0, most: 0, about: 0 },
      lostNumbers: null,
      duplicated: 0,
      reordered: 0,
    },
    ...{
      mostLag: 3,
      mostLagS: 0.001,
      endLag: 0,
      backedUpShare: 0,
      recoveryS: 0,
      recoveries: [],
      receivedPerS: 1000,
    },
    latency: {
      p50Us: 90,
      p90Us: 200,
      p99Us: 900,
      p999Us: 2000,
      p9999Us: 2500,
      maxUs: 3000,
      meanUs: 100,
      errorUs: 0,
      spectrum: [],
    },
    ...{ gaveWay: null, hasGone: false, ...changes },
  };
}

const SENTINEL = subscriber('sentinel', { kind: 'sentinel' });

function verdictOf(
  conditions: string[],
  subscribers: SubscriberResult[],
  stages: StageResult[] = [STAGE],
  unit: 'rate' | 'speed' = 'rate',
) {
  return judge({ unit, stages, subscribers, conditions: parseLoadConditions(conditions, '--fail-if') });
}

describe('the verdict of a load test', () => {
  it('is a pass where all conditions were kept, and shows them', () => {
    const { verdict, reasons, conditions } = verdictOf(
      ['lost>0', 'gui: p99>20ms'],
      [SENTINEL, subscriber('gui')],
    );
    assert.deepEqual([verdict, reasons], ['pass', []]);
    assert.deepEqual(
      conditions.map(({ condition, subscriber: who, found, outcome }) => [condition, who, found, outcome]),
      [
        ['lost>0', 'gui', 0, 'kept'],
        ['p99>20ms', 'gui', 0.9, 'kept'],
      ],
    );
  });

  it('is a failure where a subscriber missed one, while the others kept it', () => {
    const slow = subscriber('slow', { lost: { least: 12, most: 12, about: 12 } });
    const { verdict, reasons } = verdictOf(['lost>0'], [SENTINEL, subscriber('gui'), slow]);
    assert.deepEqual([verdict, reasons], ['fail', ['slow: lost>0: it was 12']]);
  });

  it('names subscribers by name, by the name of their group, and by their program', () => {
    const all = [
      subscriber('gui-1'),
      subscriber('gui-2', { lost: { least: 1, most: 1, about: 1 } }),
      subscriber('python3 127.0.0.1:4', { kind: 'foreign', command: 'python3 log.py', latency: null }),
    ];
    const who = (condition: string) => verdictOf([condition], all).conditions.map((each) => each.subscriber);
    assert.deepEqual(who('gui: lost>0'), ['gui-1', 'gui-2']);
    assert.deepEqual(who('gui-2: lost>0'), ['gui-2']);
    assert.deepEqual(who('python3: lost>0'), ['python3 127.0.0.1:4']);
    const { verdict, reasons } = verdictOf(['nobody: lost>0'], all);
    assert.deepEqual(
      [verdict, reasons],
      ['inconclusive', ['nobody: lost>0: there was no subscriber of that name']],
    );
  });

  it('names the likeliest number of lost events where its bounds give one answer, to the event', () => {
    const gui = subscriber('gui', { lost: { least: 1_000_001, most: 2_000_000, about: 1_234_567 } });
    const { verdict, reasons } = verdictOf(['lost>0'], [SENTINEL, gui]);
    assert.deepEqual([verdict, reasons], ['fail', ['gui: lost>0: it was 1,234,567']]);
  });

  it('is inconclusive where the load was not sent, or too late, and blames no subscriber', () => {
    const failing = subscriber('gui', { lost: { least: 500, most: 500, about: 500 } });
    const short = verdictOf(['lost>0'], [SENTINEL, failing], [{ ...STAGE, offered: 9800 }]);
    assert.equal(short.verdict, 'inconclusive');
    assert.match(
      short.reasons[0],
      /^Stage 1, 1,000\/s: only 98.0% of the intended load was sent in time: 9,800 of 10,000 events$/,
    );
    assert.equal(short.instrument.isValid, false);
    const late = verdictOf(['p99>5ms'], [SENTINEL, subscriber('gui')], [{ ...STAGE, lateP99Us: 1200 }]);
    assert.match(
      late.reasons[0],
      /^Stage 1, 1,000\/s: events were sent 1.20ms late \(p99\), more than a fifth of the 5.00ms/,
    );
    // A speed has no intended number of its own: it is judged by lateness.
    assert.equal(
      verdictOf(['lost>0'], [SENTINEL, subscriber('gui')], [{ ...STAGE, offered: 9000 }], 'speed').verdict,
      'pass',
    );
  });

  it('is inconclusive where the sentinel does not keep up', () => {
    const gui = subscriber('gui', { latency: { ...SENTINEL.latency!, p99Us: 60_000 } });
    const slow = { ...SENTINEL, latency: { ...SENTINEL.latency!, p99Us: 55_000 } };
    const lossy = { ...SENTINEL, lost: { least: 3, most: 3, about: 3 } };
    for (const [sentinel, told] of [
      [slow, /^The sentinel, .* missed p99>20ms, too: it was 55ms$/],
      [lossy, /^The sentinel, .* lost 3 events$/],
      [{ ...SENTINEL, endLag: 9 }, /had not received all in the time to drain$/],
      [{ ...SENTINEL, hasGone: true }, /ended before the load did$/],
    ] as const) {
      const { verdict, reasons } = verdictOf(['p99>20ms'], [sentinel, gui]);
      assert.equal(verdict, 'inconclusive');
      assert.match(reasons[0], told);
    }
  });

  it('is inconclusive where the clock of another machine is not known well enough', () => {
    const latency = { ...SENTINEL.latency!, p99Us: 19_000, errorUs: 2000 };
    const remote = subscriber('rack', { kind: 'foreign', proof: 'check-in', latency });
    const { verdict, reasons } = verdictOf(['p99>20ms'], [SENTINEL, remote]);
    assert.equal(verdict, 'inconclusive');
    assert.deepEqual(reasons, ['rack: p99>20ms: its clock is known to 2.00ms only, and that decides']);
    assert.equal(verdictOf(['p99>22ms', 'lost>0'], [SENTINEL, remote]).verdict, 'pass');
    assert.equal(verdictOf(['p99>16ms'], [SENTINEL, remote]).verdict, 'fail');
  });

  it('is inconclusive where a figure is not known, and says what would make it known', () => {
    const foreign = subscriber('python3 1', {
      kind: 'foreign',
      proof: 'kernel',
      latency: null,
      duplicated: null,
    });
    const { verdict, reasons } = verdictOf(['p99>20ms'], [SENTINEL, foreign]);
    assert.equal(verdict, 'inconclusive');
    assert.match(reasons[0], /not known of a foreign subscriber that does not check in$/);
    const unseen = { ...foreign, proof: 'unknown', lost: null } as const;
    assert.match(verdictOf(['lost>0'], [unseen]).reasons[0], /nothing proves what this subscriber got$/);
  });

  it('is inconclusive where a condition is on subscribers, and there was none', () => {
    const { verdict, reasons } = verdictOf(['lost>0'], [SENTINEL]);
    assert.deepEqual(
      [verdict, reasons],
      ['inconclusive', ['any subscriber: lost>0: there was no subscriber but the sentinel']],
    );
  });

  it('is a failure of those that had no room for too long, and says nothing of the others', () => {
    const { verdict, reasons, conditions } = judge({
      ...{ unit: 'rate', stages: [{ ...STAGE, offered: 100 }], subscribers: [SENTINEL, subscriber('gui')] },
      conditions: parseLoadConditions(['gui: p99>20ms'], '--fail-if'),
      blocked: { by: ['127.0.0.1:4 (python3, process 7)'], timeoutS: 30 },
    });
    assert.deepEqual(
      [verdict, reasons],
      ['fail', ['127.0.0.1:4 (python3, process 7): it had no room for events for 30s']],
    );
    assert.deepEqual(
      conditions.map(({ condition, outcome }) => [condition, outcome]),
      [
        ['block-timeout>30s', 'missed'],
        ['p99>20ms', 'unknown'],
      ],
    );
  });

  it('tells figures as people read them', () => {
    const gui = subscriber('gui', {
      ...{ lost: { least: 1_234_567, most: 1_234_567, about: 1_234_567 }, receivedPerS: 499.66 },
      ...{ recoveryS: Number.POSITIVE_INFINITY, mostLagS: 1234.5678 },
    });
    const { reasons } = verdictOf(['lost>0', 'rate<500', 'recovery>5s', 'lag>2ms'], [SENTINEL, gui]);
    assert.deepEqual(reasons, [
      'gui: lost>0: it was 1,234,567',
      'gui: rate<500: it was 499.66',
      'gui: recovery>5s: it had not received all when the time to drain was over',
      'gui: lag>2ms: it was 1,234,570ms',
    ]);
  });

  it('blames no subscriber from which other programs had the processor', () => {
    const gaveWay = { verdict: 'starved', evidence: 'its busiest thread waited' } as const;
    const starved = subscriber('gui', { lost: { least: 12, most: 12, about: 12 }, gaveWay });
    const { verdict, reasons } = verdictOf(['lost>0', 'p99>20ms'], [SENTINEL, starved]);
    assert.deepEqual(
      [verdict, reasons],
      ['inconclusive', ['gui: lost>0: the machine was the limit: its busiest thread waited']],
    );
  });

  it('decides by a range of losses only where both of its ends give the same answer', () => {
    const some = subscriber('gui', { lost: { least: 10, most: 14, about: 14 } });
    assert.equal(verdictOf(['lost>0'], [some]).verdict, 'fail');
    assert.equal(verdictOf(['lost>20'], [some]).verdict, 'pass');
    const { verdict, reasons } = verdictOf(['lost>12'], [some]);
    assert.deepEqual(
      [verdict, reasons],
      ['inconclusive', ['gui: lost>12: it is known to lie between 10 and 14 only']],
    );
  });
});

describe('the conditions of a load test', () => {
  it('have a name, a figure, and a limit with its unit', () => {
    const all = [
      'lost>0',
      'gui: p99>20ms',
      'lag>2s',
      'lag>1000',
      'backed-up>1%',
      'recovery>5s',
      'lost%>0.1',
      'rate<500',
    ];
    assert.deepEqual(
      parseLoadConditions(all, '--fail-if').map(({ subscriber: who, metric, limit, unit }) => [
        who,
        metric,
        limit,
        unit,
      ]),
      [
        [undefined, 'lost', 0, ''],
        ['gui', 'p99', 20, 'ms'],
        [undefined, 'lag', 2, 's'],
        [undefined, 'lag', 1000, ''],
        [undefined, 'backed-up', 1, '%'],
        [undefined, 'recovery', 5, 's'],
        [undefined, 'lost%', 0.1, '%'],
        [undefined, 'rate', 500, ''],
      ],
    );
  });

  it('are refused where they are none, in the words of the user', () => {
    for (const [given, told] of [
      ['p99', /^Expected --fail-if to be a condition such as p99>5ms, got "p99"; p99 takes one of/],
      ['lag>5%', /lag and a number of events, or a time with its unit/],
      ['backed-up>1', /backed-up and a percentage, such as backed-up>1%/],
      ['los>0', /did you mean lost\?/],
    ] as const)
      assert.throws(() => parseLoadConditions([given], '--fail-if'), { message: told });
  });
});
