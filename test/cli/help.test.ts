import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { PLAY_FLAGS } from '../../src/cli/flags/play-flags.js';
import { PLAY_GROUPS } from '../../src/cli/flags/play-groups.js';
import { fittedLines } from '../../src/cli/text/fitted-lines.js';
import { endAll, runCli } from '../support/peer.js';

const COLUMNS = 80;
const COMMANDS = [
  ...['generate', 'listen', 'record', 'convert', 'prepare', 'loadtest', 'verify', 'ctl', 'keygen'],
  ...['info', 'check', 'cache', 'demo'],
  ...['completion', 'man'],
  ...['ctl status', 'ctl pause', 'ctl step', 'ctl speed', 'ctl seek', 'ctl skip', 'ctl next-gap'],
];

const folder = mkdtempSync(join(tmpdir(), 'tcs-help-'));
const hasShell = (shell: string) => spawnSync(shell, ['--version']).status === 0;

describe('the help', () => {
  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  it('fits 80 columns, of every command', async () => {
    for (const command of ['', ...COMMANDS]) {
      const { code, stdout } = await runCli([...command.split(' ').filter(Boolean), '--help']);
      assert.equal(code, 0, command);
      for (const line of stdout.split('\n')) assert(line.length <= COLUMNS, `${command}: ${line}`);
    }
  });

  it('has its options in groups, what is used most first, each option once', async () => {
    const known = PLAY_FLAGS.map(({ option }) => option as string);
    const grouped = PLAY_GROUPS.flatMap(([, options]) => options);
    for (const option of grouped) assert(known.includes(option), option);
    assert.equal(new Set(grouped).size, grouped.length);
    const { stdout } = await runCli(['--help']);
    const headings = [...stdout.matchAll(/^(\S.*:)$/gm)].map(([, heading]) => heading);
    assert.deepEqual(headings, [
      'Arguments:',
      ...PLAY_GROUPS.map(([heading]) => heading),
      'Result:',
      'Options:',
      'Commands:',
      'Examples:',
    ]);
    for (const { flags } of PLAY_FLAGS) {
      const [, ...shown] = stdout.split(`\n  ${flags}`);
      assert.equal(shown.filter((rest) => /^\s/.test(rest)).length, 1, `${flags} is shown once`);
    }
  });

  it('breaks lines that are too long, and puts the second column below the first', () => {
    assert.equal(fittedLines('  short', 20), '  short');
    assert.equal(
      fittedLines('  a command --flag   what it does', 20),
      '  a command --flag\n        what it does',
    );
    assert.equal(fittedLines('   words of a long line', 16), '   words of a\n   long line');
    assert.equal(fittedLines(`a ${'x'.repeat(30)} b`, 10), `a\n${'x'.repeat(30)}\nb`);
  });
});

describe('what is made of the same table', () => {
  it('completion for bash: commands, their options, their words, files', {
    skip: !hasShell('bash'),
  }, async () => {
    const { code, stdout } = await runCli(['completion', 'bash']);
    assert.equal(code, 0);
    const script = join(folder, 'completion.bash');
    mkdirSync(folder, { recursive: true });
    writeFileSync(script, stdout);
    const complete = (...words: string[]) => {
      const { stdout: found, stderr } = spawnSync(
        'bash',
        [
          '-c',
          // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a parameter of bash
          'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tcs_replay; printf "%s\\n" "${COMPREPLY[@]}"',
          script,
          'tcs-replay',
          ...words,
        ],
        { encoding: 'utf8', cwd: folder },
      );
      assert.equal(stderr, '');
      return found.split('\n').filter(Boolean);
    };
    assert.deepEqual(complete('inf'), ['info']);
    assert.deepEqual(complete('night.db', '--max'), ['--max-gap']);
    assert.deepEqual(complete('info', '--limit'), ['--limit-topics']);
    assert.deepEqual(complete('ctl', 'next-'), ['next-gap', 'next-event']);
    assert.deepEqual(complete('cache', 'cl'), ['clear']);
    assert.deepEqual(complete('completion.b'), ['completion.bash']);
    rmSync(folder, { recursive: true });
  });

  for (const [shell, args] of [
    ['zsh', ['-n']],
    ['fish', ['--no-execute']],
  ] as const) {
    it(`completion for ${shell}: every command and option, in a script that is one`, async () => {
      const { code, stdout } = await runCli(['completion', shell]);
      assert.equal(code, 0);
      for (const command of COMMANDS.filter((name) => !name.includes(' '))) assert(stdout.includes(command));
      for (const { flags } of PLAY_FLAGS) {
        const [, long = ''] = /--([a-z-]+)/.exec(flags) ?? [];
        assert(stdout.includes(shell === 'fish' ? `-l ${long} ` : `'--${long}:`), long);
      }
      if (hasShell(shell)) {
        const { status, stderr } = spawnSync(shell, [...args], { input: stdout, encoding: 'utf8' });
        assert.deepEqual([status, stderr], [0, '']);
      }
    });
  }

  it('a manual page: every command, option and variable', async () => {
    const { code, stdout } = await runCli(['man']);
    assert.equal(code, 0);
    for (const section of ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'OPTIONS', 'COMMANDS', 'ENVIRONMENT'])
      assert.match(stdout, new RegExp(`^\\.SH ${section}$`, 'm'));
    for (const { flags } of PLAY_FLAGS) assert(stdout.includes(flags.replaceAll('-', '\\-')), flags);
    for (const command of COMMANDS)
      assert(stdout.includes(`.SS tcs\\-replay ${command.replaceAll('-', '\\-')}`), command);
    for (const name of ['URL', 'CACHE', 'TIMEZONE'])
      assert.match(stdout, new RegExp(`^\\.B TCS_REPLAY_${name}$`, 'm'));
    if (!hasShell('groff')) return;
    const { stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-z'], {
      input: stdout,
      encoding: 'utf8',
    });
    assert.equal(stderr, '');
  });
});
