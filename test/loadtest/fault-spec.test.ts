import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FAULT_KINDS, parseFaults } from '../../src/loadtest/faults/fault-spec.js';

const LOAD_S = 60;
const parse = (text: string) => parseFaults([text], '--fault', LOAD_S)[0];

const OF_EVENTS = { fromS: 0, toS: LOAD_S, byS: 0.2, sizeBytes: 1 << 20, key: undefined };

const READ: Record<string, object> = {
  'drop:1%': { kind: 'drop', amount: { share: 0.01 }, ...OF_EVENTS },
  'drop:0.01': { kind: 'drop', amount: { share: 0.01 }, ...OF_EVENTS },
  'duplicate:3': { kind: 'duplicate', amount: { count: 3 }, ...OF_EVENTS },
  'reorder:100%@10s': { kind: 'reorder', amount: { share: 1 }, ...OF_EVENTS, fromS: 10 },
  'nan:1%@10s..20s': { kind: 'nan', amount: { share: 0.01 }, ...OF_EVENTS, fromS: 10, toS: 20 },
  'nan:1%@10s..2m': { kind: 'nan', amount: { share: 0.01 }, ...OF_EVENTS, fromS: 10, toS: LOAD_S },
  'delay:1,by=2s': { kind: 'delay', amount: { count: 1 }, ...OF_EVENTS, byS: 2 },
  'huge:1,size=2MB': { kind: 'huge', amount: { count: 1 }, ...OF_EVENTS, sizeBytes: 2_000_000 },
  'missing-key:1,key=a.b': { kind: 'missing-key', amount: { count: 1 }, ...OF_EVENTS, key: 'a.b' },
  'clock-step:-2s@10s..20s': { kind: 'clock-step', stepS: -2, fromS: 10, toS: 20 },
  'clock-step:+1h': { kind: 'clock-step', stepS: 3600, fromS: 0, toS: LOAD_S },
  'restart@30s': { kind: 'restart', fromS: 30, toS: LOAD_S },
};

const REFUSED: Record<string, RegExp> = {
  drp: /^Expected the kind of --fault "drp" to be drop, duplicate, .* or restart, got "drp"; did you mean drop\?$/,
  drop: /^Expected --fault to be drop with how many events it hits, such as drop:1% or drop:3, got "drop"$/,
  'drop:':
    /^Expected how many events --fault "drop:" hits to be a share above 0 such as 1% or 0\.01, or a number such as 3, got ""$/,
  'drop:0%': /to be a share above 0 /,
  'drop:101%': /to be a share above 0 /,
  'drop:1.5': /to be a share above 0 /,
  'drop:1%@2m': /^Expected the begin of --fault "drop:1%@2m" to be before the load ends, at 60s, got "2m"$/,
  'drop:1%@soon':
    /^Expected the begin of --fault "drop:1%@soon" to be a time such as 0, 90s, 10m or 2h, got "soon"$/,
  'drop:1%@20s..10s': /^Expected the end of --fault .* to be later than the begin, got "10s"$/,
  'drop:1%,by=2s': /^Expected what follows drop of --fault .* to be nothing, got "by=2s"$/,
  'delay:1%,time=2s':
    /^Expected what follows delay of --fault .* to be by= with its value, once, got "time=2s"$/,
  'delay:1%,by=2h': /^Expected by of --fault .* to be at most 3600s, got "2h"$/,
  'huge:1,size=1GB': /^Expected size of --fault .* to be at most 32MiB, got "1GB"$/,
  'clock-step':
    /^Expected --fault to be clock-step with the step, such as clock-step:-2s@10s\.\.20s, got "clock-step"$/,
  'clock-step:2s':
    /^Expected the step of --fault .* to be a time with its sign, such as \+1h or -2s, got "2s"$/,
  restart: /^Expected --fault to be restart with its moment, such as restart@30s, got "restart"$/,
  'restart:2@3s': /^Expected --fault to be restart with its moment/,
  'restart@3s..5s': /^Expected --fault to be restart with its moment/,
};

describe('parseFaults', () => {
  for (const [text, expected] of Object.entries(READ))
    it(`reads ${text}`, () => assert.deepEqual(parse(text), { text, ...expected }));

  for (const [text, says] of Object.entries(REFUSED))
    it(`refuses ${text}`, () => assert.throws(() => parse(text), { code: 'BAD_OPTION', message: says }));

  it('reads every kind', () => {
    const texts = FAULT_KINDS.map(
      (kind) => ({ 'clock-step': 'clock-step:+1s', restart: 'restart@1s' })[kind as string] ?? `${kind}:1%`,
    );
    const kinds = parseFaults(texts, '--fault', LOAD_S).map(({ kind }) => kind);
    assert.deepEqual(kinds, [...FAULT_KINDS]);
  });

  it('refuses a number of events in a load of which no end is known', () => {
    assert.throws(() => parseFaults(['nan:3'], '--fault'), /to be a share such as nan:1%, or with an end/);
    assert.doesNotThrow(() => parseFaults(['nan:3@1s..2s', 'nan:1%'], '--fault'));
  });
});
