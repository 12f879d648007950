import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PLAY_FLAGS } from '../../src/cli/flags/play-flags.js';
import type { Random } from '../../src/generate/random.js';
import { freePort, runCli } from '../support/peer.js';
import { assertClean } from './assert-clean.js';
import { makeNight } from './night.js';
import type { ReliabilityPromise } from './reliability-promise.js';

const COMMAND_LINES = 12;
const VALUES = [
  ...[
    '',
    ' ',
    '-1',
    '0',
    '1',
    '1e-320',
    '1e308',
    '1e999',
    'NaN',
    'Infinity',
    '-Infinity',
    '0x10',
    '1_000',
    '٣',
  ],
  ...[
    'max',
    '10s',
    '1.5h',
    '2018-03-24T03:00Z',
    '9999-12-31',
    '24:00',
    '+90m',
    '-10m',
    '/',
    '.',
    '..',
    '/dev/null',
  ],
  ...[
    '*',
    '[',
    'a*a*a*a*a*a*a*a*b',
    '(',
    '\u001b[2J',
    'a\nb',
    '\u202eabc',
    '\u0085',
    'tcp://',
    'tcp://[::1',
    'ipc://',
  ],
  ...[
    'tcp://127.0.0.1:99999',
    'inproc://x',
    '{}',
    '{"a":1}',
    'event.topic=',
    'x=y',
    'p99>1ms',
    'p99>',
    'sent<1',
  ],
];
/** These would take as long as they were asked to, or write files where they are told to. */
const LEFT_OUT =
  /^--(loop|serve-forever|delay|wait|hlog|cache|start-paused|sleep|linger|control|progress|ledger|web|open)/;

/** Gives commands values that nobody types, and some that people do. */
export const HOSTILE_ARGUMENTS: ReliabilityPromise = {
  name: 'hostile-arguments',
  says: 'Any command line ends in a result, or in a sentence that says what is wrong with it.',
  method:
    'Random flags with random values; no stack, no raw control character, no file in the current folder.',
  async trial(random, folder) {
    const night = await makeNight(random, folder, 300);
    const cwd = join(folder, 'here');
    mkdirSync(cwd);
    const url = `tcp://127.0.0.1:${await freePort()}`;
    for (let i = 0; i < COMMAND_LINES; i++) {
      const args = commandLine(random, night.path, url);
      const outcome = await runCli(args, { cwd });
      assertClean(outcome, [0, 1, 2, 3, 4], JSON.stringify(args));
      assert.deepEqual(readdirSync(cwd), [], JSON.stringify(args));
    }
    return { 'command lines': COMMAND_LINES };
  },
};

function commandLine(random: Random, night: string, url: string): string[] {
  const flags = PLAY_FLAGS.map(
    ({ flags }) => flags.split(/[ ,|]+/).find((word) => word.startsWith('--')) ?? '',
  );
  const known = flags.filter((flag) => flag !== '' && !LEFT_OUT.test(flag));
  const odd = Array.from({ length: 1 + random.below(3) }, () => [
    random.pick(known),
    random.pick(VALUES),
  ]).flat();
  const database = random.chance(0.7) ? night : random.pick(VALUES.slice(1));
  switch (random.below(4)) {
    case 0:
      return ['info', ...odd, database];
    case 1:
      return ['check', database, ...odd];
    case 2:
      return [random.pick(['ctl', 'generate', 'keygen', 'cache', 'nonsense']), ...odd, '--help'];
    default:
      // Flat out, whatever speed was drawn; of the night, or of what cannot be opened.
      return [database, '-u', url, '--wait-setup', '0', ...odd, '-s', 'max', '--limit', '300'];
  }
}
