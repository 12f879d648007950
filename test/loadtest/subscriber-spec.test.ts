import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSubscriberSpecs } from '../../src/loadtest/subscriber/subscriber-spec.js';

describe('subscribers of a load test', () => {
  it('keep up with all events where only their number is given', () => {
    assert.deepEqual(parseSubscriberSpecs(['2']), [
      {
        count: 2,
        name: 'own',
        names: ['own-1', 'own-2'],
        topics: [],
        service: { kind: 'none' },
        highWaterMark: 1000,
        joinS: 0,
        leaveS: Number.POSITIVE_INFINITY,
      },
    ]);
  });

  it('have all that is given', () => {
    const text = '1,name=gui,topics=tracker.*|dome.*,service=exp:200us,hwm=0,join=10s,leave=1m30s';
    assert.deepEqual(parseSubscriberSpecs([text]), [
      {
        count: 1,
        name: 'gui',
        names: ['gui'],
        topics: ['tracker.*', 'dome.*'],
        service: { kind: 'exponential', meanNs: 200_000 },
        highWaterMark: 0,
        joinS: 10,
        leaveS: 90,
      },
    ]);
  });

  it('have names of their own, also in several groups', () => {
    const groups = parseSubscriberSpecs(['2', '1', '3,name=gui', '1,name=logger']);
    assert.deepEqual(
      groups.map(({ names }) => names),
      [['own-1', 'own-2'], ['own-3'], ['gui-1', 'gui-2', 'gui-3'], ['logger']],
    );
  });

  for (const [service, model] of [
    ['200us', { kind: 'spin', serviceNs: 200_000 }],
    ['cpu:1ms', { kind: 'spin', serviceNs: 1e6 }],
    ['exp:0.5ms', { kind: 'exponential', meanNs: 500_000 }],
    ['sleep:5ms', { kind: 'sleep', serviceNs: 5e6 }],
    ['stall:200ms/10s', { kind: 'stall', lengthNs: 200e6, periodNs: 10e9 }],
    ['batch:1000:200ms', { kind: 'batch', events: 1000, lengthNs: 200e6 }],
    ['stop:5s/1m', { kind: 'stop', lengthNs: 5e9, periodNs: 60e9 }],
  ] as const) {
    it(`have a service: ${service}`, () => {
      assert.deepEqual(parseSubscriberSpecs([`1,service=${service}`])[0]?.service, model);
    });
  }

  const forms =
    'a time with its unit such as 200us, exp:200us, cpu:200us, sleep:5ms, stall:200ms/10s, batch:1000:200ms or stop:5s/60s';
  for (const [texts, message] of [
    [['x'], 'Expected the count of --subscriber "x" to be a whole number, 1 to 1000, got "x"'],
    [['0'], 'Expected the count of --subscriber "0" to be a whole number, 1 to 1000, got "0"'],
    [['600', '401'], 'Expected --subscriber to be at most 1000 subscribers in all, got "1001"'],
    [['1,gui'], 'Expected each part of --subscriber "1,gui" to be KEY=VALUE, got "gui"'],
    [['1,hwm='], 'Expected each part of --subscriber "1,hwm=" to be KEY=VALUE, got "hwm="'],
    [
      ['1,topic=a'],
      'Expected each key of --subscriber "1,topic=a" to be name, topics, service, hwm, join or leave, got "topic"; did you mean topics?',
    ],
    [
      ['1,hwm=1,hwm=2'],
      'Expected hwm of --subscriber "1,hwm=1,hwm=2" to be given once, got "2" besides another',
    ],
    [['1,hwm=-1'], 'Expected hwm of --subscriber "1,hwm=-1" to be a whole number, 0 to 2147483647, got "-1"'],
    [['1,name=a', '1,name=a'], 'Expected names of --subscriber to be unique, got "a", which occurs twice'],
    [['1,name=own-1', '1'], 'Expected names of --subscriber to be unique, got "own-1", which occurs twice'],
    [
      ['1,name=a:b'],
      'Expected name of --subscriber "1,name=a:b" to be up to 64 letters, digits, dots, hyphens and underscores, got "a:b"',
    ],
    [
      ['1,topics=a||b'],
      'Expected topics of --subscriber "1,topics=a||b" to be topics with | between them, got "a||b"',
    ],
    [['1,service=200'], `Expected service of --subscriber "1,service=200" to be ${forms}, got "200"`],
    [
      ['1,service=spin:1ms'],
      `Expected service of --subscriber "1,service=spin:1ms" to be ${forms}, got "spin:1ms"`,
    ],
    [
      ['1,service=sleep:'],
      `Expected service of --subscriber "1,service=sleep:" to be ${forms}, got "sleep:"`,
    ],
    [
      ['1,service=stall:1s'],
      `Expected service of --subscriber "1,service=stall:1s" to be ${forms}, got "stall:1s"`,
    ],
    [
      ['1,service=stop:2s/1s'],
      'Expected service of --subscriber "1,service=stop:2s/1s" to be a length below its period, such as 200ms/10s, got "stop:2s/1s"',
    ],
    [
      ['1,service=batch:0:1s'],
      'Expected the events of a batch of service of --subscriber "1,service=batch:0:1s" to be a whole number, 1 or more, got "0"',
    ],
    [
      ['1,join=2s,leave=1s'],
      'Expected leave of --subscriber "1,join=2s,leave=1s" to be later than join, got "1s"',
    ],
    [['1,join=60d'], 'Expected join of --subscriber "1,join=60d" to be at most 2000000 s, got "60d"'],
    [
      ['1,join=soon'],
      'Expected join of --subscriber "1,join=soon" to be a time such as 0, 90s, 10m or 2h, got "soon"',
    ],
  ] as const) {
    it(`are refused: ${texts.join(' ')}`, () => {
      assert.throws(() => parseSubscriberSpecs(texts), { code: 'BAD_OPTION', message });
    });
  }
});
