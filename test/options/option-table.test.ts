import assert from 'node:assert/strict';
import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ListenOptions, listen } from '../../src/listen.js';
import { OPTIONS, type OptionName } from '../../src/options/option-table.js';
import type { ReplayOptions } from '../../src/options/replay-options.js';
import { resolveOptions } from '../../src/options/resolve-options.js';
import { startReplay } from '../../src/replay.js';
import type { TcsReplayError } from '../../src/shared/errors.js';
import { generateCertificate } from '../../src/zmq/curve/generate-certificate.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** A wrong value of every option that can have one, with the options that make it wrong. */
const WRONG: Partial<Record<OptionName, unknown>> = {
  databases: 1,
  from: 1,
  behindS: -1,
  queueBytes: 0,
  curveServer: '/dev/null',
  url: [1],
  connect: 1,
  waitSetupS: -1,
  waitSubscribers: 0.5,
  waitTimeoutS: 0,
  loop: 0,
  loopDelayS: 2_000_001,
  maxGapS: -1,
  speedup: 0,
  rate: 'fast',
  burst: 0,
  onLate: 'never',
  lateAfterMs: -1,
  control: 'http://127.0.0.1',
  controlAnyHost: true,
  web: '0.0.0.0:8080',
  webAnyHost: true,
  delayS: Number.NaN,
  topics: [1],
  exclude: 1,
  topicsRegex: '(',
  prefix: '',
  rename: 'tracker',
  clockIntervalS: 0,
  clockTopic: 'clock',
  start: 'yesterday',
  end: 'never',
  duration: 'long',
  night: '2018',
  timezone: 'Mars',
  fromHour: 25,
  toHour: 'noon',
  schema: 'event.table',
  sleepS: -1,
  follow: true,
  followForS: 0,
  sortBy: 'time',
  times: 'old',
  timing: 'exact',
  format: 'xml',
  highWaterMark: 2 ** 31,
  onFull: 'wait',
  blockTimeoutS: 0,
  lingerMs: -2,
  curveKeys: '/dev/null',
  curveClients: [1],
  workers: 65,
  reader: 'rows',
  busyTimeoutS: -1,
  batchEvents: 65_537,
  readAheadBytes: 0,
  limit: 0,
  hlog: '',
  metrics: 65_536,
  ledger: '',
  cacheFolder: '',
  cacheLimitBytes: -1,
  failIf: 'p98>1ms',
};
/** Options that are taken as they are. */
const UNCHECKED: readonly OptionName[] = [
  ...(['serveForever', 'prime', 'startPaused', 'convertNumber', 'convertBool', 'verbose'] as const),
  ...(['latenessByTopic', 'prepare', 'prepared', 'priority'] as const),
];

test('every option has a wrong value below, or is taken as it is', () => {
  const known = [...Object.keys(WRONG), ...UNCHECKED];
  assert.deepEqual(known.sort(), Object.keys(OPTIONS).sort());
});

for (const [option, value] of Object.entries(WRONG)) {
  test(`${option} that is wrong is refused by that name, or by the name that the user has for it`, () => {
    const options = { [option]: value } as ReplayOptions;
    assert.throws(() => startReplay(options), isRefused(option));
    assert.throws(() => resolveOptions(options, (name) => `<${name}>`), isRefused(`<${option}>`));
  });
}

for (const [option, value] of Object.entries({ count: 0, idleTimeoutS: 0, curveServer: '/dev/null' })) {
  test(`${option} of listen that is wrong is refused by that name, or by the name that the user has for it`, async () => {
    const options = { [option]: value } as ListenOptions;
    await assert.rejects(listen(options).next(), isRefused(option));
    await assert.rejects(listen(options, (name) => `<${name}>`).next(), isRefused(`<${option}>`));
  });
}

test('without options all values are the defaults of the table', () => {
  const resolved: Partial<Record<string, unknown>> = { ...resolveOptions({}) };
  const nothing = {
    selection: undefined,
    filter: undefined,
    renaming: undefined,
    curve: undefined,
    relay: undefined,
  };
  const routes = [{ bind: OPTIONS.url.default, connect: [], topics: [] }];
  const others = { ...nothing, routes, batchEvents: 1024 };
  for (const [name, value] of Object.entries(resolved)) {
    const expected =
      name in others ? others[name as keyof typeof others] : OPTIONS[name as OptionName].default;
    assert.deepEqual(value, expected, name);
  }
});

test('null stands for an option that is not given', () => {
  const nothing = Object.fromEntries(Object.keys(OPTIONS).map((name) => [name, null]));
  assert.deepEqual(resolveOptions(nothing), resolveOptions({}));
});

test('options that depend on each other are resolved together', () => {
  const night = { databases: 'night.db' };
  const [one, two] = ['tcp://127.0.0.1:1', 'tcp://127.0.0.1:2'];
  assert.deepEqual(resolveOptions({ connect: one }).routes, [{ bind: [], connect: [one], topics: [] }]);
  assert.deepEqual(resolveOptions({ connect: one, url: two }).routes, [
    { bind: [two], connect: [one], topics: [] },
  ]);
  const flatOut = { ...night, speedup: 'max', workers: 2 } as const;
  assert.equal(resolveOptions(flatOut).batchEvents, 8192);
  assert.equal(resolveOptions({ ...flatOut, workers: 0 }).batchEvents, 1024);
  assert.equal(resolveOptions({ ...flatOut, speedup: 100 }).batchEvents, 1024);
  assert.equal(resolveOptions({ ...flatOut, batchEvents: 7 }).batchEvents, 7);
  const { routes, filter } = resolveOptions({ url: [`${one}=a.*,b`, two] });
  assert.deepEqual([routes.length, filter], [2, undefined]);
  const addressed = resolveOptions({ url: [`${one}=a.*,b`, `${two}=c,b`] }).filter;
  assert.deepEqual([addressed?.addressedNames, addressed?.addressedGlobs], [['b', 'c'], ['a.*']]);
  assert.equal(resolveOptions({ ...night, serveForever: true, loop: 3 }).loop, Number.POSITIVE_INFINITY);
  assert.equal(resolveOptions({ ...night, speedup: 'max' }).speedup, Number.POSITIVE_INFINITY);
  assert.equal(resolveOptions({ ...night, speedup: 'max', rate: 5 }).speedup, 1);
  assert.equal(resolveOptions({ speedup: 7 }).speedup, 1);
});

test('keys are read once: the files may be gone when the replay begins', async (context) => {
  const { secretFile, publicFile } = generateCertificate(join(temporaryFolder(context), 'key'), false);
  const playback = startReplay({
    url: 'tcp://127.0.0.1:*',
    curveKeys: secretFile,
    curveClients: publicFile,
    control: 'tcp://127.0.0.1:*',
    waitSetupS: 0,
    sleepS: 0,
    limit: 1,
  });
  unlinkSync(secretFile);
  unlinkSync(publicFile);
  assert.equal((await playback.outcome).sent, 1);
});

/** An error that calls the option by this name, and by no flag. */
function isRefused(name: string): (error: TcsReplayError) => boolean {
  return ({ code, message }) => {
    assert.equal(code, 'BAD_OPTION');
    assert.match(
      message,
      new RegExp(`^Expected (?:what )?[^,]*${name}\\b|^Expected [^,]*${name}(?= )|^${name} needs `),
    );
    assert.doesNotMatch(message, /--/);
    return true;
  };
}
