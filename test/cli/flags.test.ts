import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, test } from 'node:test';
import { Command } from 'commander';
import { checkCommand } from '../../src/cli/commands/check-command.js';
import { convertCommand } from '../../src/cli/commands/convert-command.js';
import { ctlCommand } from '../../src/cli/commands/ctl-command.js';
import { generateCommand } from '../../src/cli/commands/generate-command.js';
import { infoCommand } from '../../src/cli/commands/info-command.js';
import { listenCommand } from '../../src/cli/commands/listen-command.js';
import { addPlay } from '../../src/cli/commands/play-command.js';
import { EXIT, exitCodeOfError } from '../../src/cli/exit-code.js';
import { type Flag, flagNames, longFlag } from '../../src/cli/flags/flag.js';
import { addPlayFlags, PLAY_FLAGS } from '../../src/cli/flags/play-flags.js';
import { OPTIONS, type OptionName, optionValue } from '../../src/options/option-table.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const ROOT = new URL('../../../', import.meta.url);
const FLAGS: readonly Flag<OptionName>[] = PLAY_FLAGS;

/** A wrong text for every flag of a replay that can have one, with the arguments that make it wrong. */
const WRONG: Partial<Record<OptionName, string | [text: string, ...more: string[]]>> = {
  from: ['tcp://127.0.0.1:1', '--from', 'tcp://127.0.0.1:1'],
  behindS: '40d',
  queueBytes: 'much',
  curveServer: '/dev/null',
  waitSetupS: '3000000',
  waitSubscribers: '-1',
  waitTimeoutS: '40d',
  delayS: '40d',
  lingerMs: '400d',
  highWaterMark: '2147483648',
  onFull: 'wait',
  blockTimeoutS: ['40d', '--on-full', 'block'],
  topicsRegex: '(',
  prefix: '',
  rename: 'tracker',
  clockIntervalS: '1000Hz',
  clockTopic: 'clock',
  url: 'tcp://127.0.0.1:1=',
  connect: 'tracker.*=tcp://127.0.0.1:1',
  start: 'yesterday',
  end: 'never',
  duration: 'long',
  night: '2018',
  fromHour: '25',
  toHour: 'noon',
  timezone: 'Mars',
  schema: 'event.table',
  sortBy: 'time',
  speedup: '0',
  maxGapS: ['5s', '--rate', '1'],
  rate: '1MX',
  burst: '5',
  onLate: ['drop', '-s', 'max'],
  lateAfterMs: ['1s', '-s', 'max'],
  limit: '0',
  loop: '0',
  loopDelayS: '40d',
  control: 'tcp://0.0.0.0:1',
  sleepS: '-1',
  followForS: ['40d', '--follow'],
  times: 'old',
  timing: 'exact',
  format: 'xml',
  hlog: '',
  metrics: '65536',
  ledger: '',
  cacheFolder: '',
  failIf: ['p99>1ms', '-s', 'max'],
  curveKeys: '/dev/null',
  curveClients: 'folder',
  workers: '65',
  reader: 'rows',
  busyTimeoutS: '40d',
  batchEvents: '0',
  readAheadBytes: '0',
  cacheLimitBytes: 'much',
};
/** Flags of which any text is a value. */
const TAKE_ANY: readonly OptionName[] = ['topics', 'exclude'];

describe('the flags of a replay', () => {
  it('are of options that there are, one for each but the databases', () => {
    const options = FLAGS.map(({ option }) => option);
    assert.deepEqual(['databases', ...options].sort(), Object.keys(OPTIONS).sort());
  });

  it('all have a wrong text below, but those that take any, and those that take none', () => {
    const withValue = FLAGS.filter(({ flags }) => flags.includes('<')).map(({ option }) => option);
    assert.deepEqual([...Object.keys(WRONG), ...TAKE_ANY].sort(), withValue.sort());
  });

  for (const [option, wrong] of Object.entries(WRONG)) {
    const flag = flagNames(FLAGS)(option);
    const [value, ...more] = typeof wrong === 'string' ? [wrong] : wrong;
    it(`are named in errors as they were typed, with exit code 2: ${flag} ${value} ${more.join(' ')}`, async () => {
      await assertRefused(addPlay(new Command()), ['night.db', ...more, `${flag}=${value}`], flag);
    });
  }

  for (const flag of ['--control-any-host', '--web-any-host', '--web=65536', '--lateness-by-topic']) {
    it(`are named in errors as they were typed, with exit code 2: ${flag}`, async () => {
      await assertRefused(addPlay(new Command()), ['night.db', '-s', 'max', flag], flag.replace(/=.*/, ''));
    });
  }

  it('give the options of the library', () => {
    const command = addPlayFlags(new Command());
    const text = '-u a --url b --late-after 20ms --linger forever --read-ahead 1MiB --wait-timeout 1m -s 2';
    command.parse([...text.split(' '), '--serve-forever', '-t', 'x', 'y*'], { from: 'user' });
    assert.deepEqual(command.opts(), {
      url: ['a', 'b'],
      lateAfterMs: 20,
      lingerMs: -1,
      readAheadBytes: 1 << 20,
      // Commander gives what --no-prepared would refuse.
      prepared: true,
      waitTimeoutS: 60,
      speedup: '2',
      serveForever: true,
      topics: ['x', 'y*'],
    });
  });

  it('have the defaults of the table in the help', () => {
    const command = addPlayFlags(new Command());
    for (const flag of FLAGS) {
      const { description } = command.options.find(({ long }) => long === longFlag(flag)) ?? {};
      const shown = /\(default: (.*)\)$/.exec(description ?? '')?.[1];
      if (hasShownDefault(flag)) assertIsDefault(flag, shown?.replaceAll('"', ''));
    }
  });

  it('have the defaults of the table in docs/command-line.md', () => {
    const sections = readFileSync(new URL('docs/command-line.md', ROOT), 'utf8').split(/^## /m);
    const play = sections.find((section) => section.startsWith('`tcs-replay [options]')) ?? '';
    for (const flag of FLAGS) {
      const row = play.split('\n').find((line) => line.startsWith('| `') && isRowOf(longFlag(flag), line));
      assert.ok(row, `docs/command-line.md has no row of ${longFlag(flag)}`);
      const shown = row.split('|').at(-2)?.trim().replaceAll('`', '');
      if (flag.option === 'workers') assert.equal(shown, 'cores, at most 4');
      else if (hasShownDefault(flag)) assertIsDefault(flag, shown);
    }
  });

  it('have options with the same defaults in docs/library.md', () => {
    const library = readFileSync(new URL('docs/library.md', ROOT), 'utf8');
    for (const { option } of FLAGS) {
      const row = library
        .split('\n')
        .find((line) => line.startsWith('| `') && isRowOf(`\`${option}\``, line));
      assert.ok(row, `docs/library.md has no row of ${option}`);
      const value = OPTIONS[option].default;
      const [, names, ...cells] = row.split('|');
      // A cell of several names has their defaults in their order, or one for all.
      const place = [...names.matchAll(/`(\w+)`/g)].findIndex(([, name]) => name === option);
      const defaults = cells.at(-2)?.split(', ') ?? [];
      const shown = (defaults[place] ?? defaults[0])?.trim().replace(/[`',]/g, '');
      if (option === 'readAheadBytes') assert.equal(shown, '16 MiB');
      else if (option === 'workers') assert.equal(shown, 'cores');
      else if (option === 'timezone') continue;
      else if (typeof value === 'string' || Number.isFinite(value))
        assert.equal(shown, String(value), option);
    }
  });
});

test('other commands name options as they were typed, with exit code 2', async (context) => {
  const file = join(temporaryFolder(context), 'no.key');
  writeFileSync(file, 'no key\n');
  for (const [command, line, flag] of [
    [infoCommand(), 'x.db --speedup 0', '--speedup'],
    [infoCommand(), 'x.db --sort-by time', '--sort-by'],
    [infoCommand(), 'x.db --gap=-1', '--gap'],
    [infoCommand(), 'x.db --sort time', '--sort'],
    [infoCommand(), 'x.db --limit-topics=-1', '--limit-topics'],
    [infoCommand(), 'x.db --workers 65', '--workers'],
    [infoCommand(), 'x.db --from-hour 25', '--from-hour'],
    [infoCommand(), 'x.db --topics-regex (', '--topics-regex'],
    [infoCommand(), 'x.db --schema event', '--schema'],
    [convertCommand(), 'x.db x.jsonl --workers 65', '--workers'],
    [convertCommand(), 'x.db x.jsonl --start soon', '--start'],
    [convertCommand(), 'x.db x.jsonl --limit 0', '--limit'],
    [convertCommand(), 'x.db x.jsonl --sort-by time', '--sort-by'],
    [convertCommand(), 'x.db x.jsonl --to xml', '--to'],
    [convertCommand(), 'x.db x.xml', '--to'],
    [convertCommand(), 'x.db x --to jsonl --nights 0/3', '--nights'],
    [checkCommand(), 'x.db --workers 65', '--workers'],
    [checkCommand(), 'x.db --schema event', '--schema'],
    [listenCommand(), '--count 0', '--count'],
    [listenCommand(), '--timeout 0', '--timeout'],
    [listenCommand(), '--format xml', '--format'],
    [listenCommand(), `--curve-server ${file}`, '--curve-server'],
    [listenCommand(), `--curve-keys ${file}`, '--curve-keys needs --curve-server'],
    [ctlCommand(), '--timeout 40d status', '--timeout'],
    [ctlCommand(), `--curve-server ${file} status`, '--curve-server'],
    [generateCommand(), 'x.db --events 0', '--events'],
    [generateCommand(), 'x.db --events 1 --nights 2', '--events'],
    [generateCommand(), 'x.db --duration 200d', '--duration'],
    [generateCommand(), 'x.db --rate 200000', '--rate'],
    [generateCommand(), 'x.db --attributes 20000', '--attributes'],
    [
      generateCommand(),
      'x.db --events 5 --rate 5 --duration 1s',
      '--events, --duration and --rate do not go together',
    ],
    [generateCommand(), 'x.db --events 1000000 --duration 1s', '--events / --duration'],
  ] as const) {
    await assertRefused(command, line.split(' '), flag);
  }
});

/** Runs a command in this process: it is refused before anything is opened. */
async function assertRefused(command: Command, args: readonly string[], flag: string): Promise<void> {
  await assert.rejects(command.parseAsync(args, { from: 'user' }), (error: Error) => {
    assert.equal(exitCodeOfError(error), EXIT.wrongUsage, error.message);
    assert.match(error.message, /^(Expected |--)/);
    assert.ok(error.message.includes(flag), error.message);
    const others = Object.keys(OPTIONS).filter((option) => /[A-Z]/.test(option));
    for (const option of others) assert.ok(!error.message.includes(option), error.message);
    return true;
  });
}

function hasShownDefault({ option }: Flag<OptionName>): boolean {
  const value: unknown = OPTIONS[option].default;
  return typeof value === 'string' || Number.isFinite(value) || (Array.isArray(value) && value.length > 0);
}

/** Whether a text, on the command line, would give the default. */
function assertIsDefault({ option, form, flags }: Flag<OptionName>, shown: string | undefined): void {
  assert.ok(shown, flags);
  const given = form === undefined || shown === '0' ? shown : form.read(shown, flags);
  assert.deepEqual(optionValue(option, given), OPTIONS[option].default, flags);
}

/** Whether the first cell of a table's row has a name, and not a longer one. */
function isRowOf(name: string, row: string): boolean {
  const [, cell] = row.split(/(?<!\\)\|/);
  return new RegExp(`${name}(?![\\w-])`).test(cell);
}
