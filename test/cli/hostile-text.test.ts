/**
 * Topics, keys, values, paths and arguments that hold every character that acts on a terminal. All bytes of all that is
 * printed are looked at: none of them gets there, and none begins a line.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { PLAY_FLAGS } from '../../src/cli/flags/play-flags.js';
import { plain, plainJson } from '../../src/shared/plain-text.js';
import { endAll, freePort, type Outcome, runCli, skipWithoutPython, startCli } from '../support/peer.js';
import { endTerminals, Terminal } from '../support/terminal.js';

/** Sets the title of a terminal, rings, clears it, turns the text around, and begins a line that looks like ours. */
const HOSTILE =
  '\u001b]0;taken\u0007\u001b[2J\u0085\u009b31m\u202e\u2066\u200f\u061c\u2028\u2029\u007f\t\r\b\nerror: FORGED';
const ACTIVE = /(?!\n)[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u;
const TOPIC = `a.${HOSTILE}.c`;
const EVENTS = 200;
const FIRST_S = 1_521_860_000;

const folder = mkdtempSync(join(tmpdir(), 'tcs-hostile-'));
const inFolder = (name: string) => join(folder, name);
const night = inFolder(`${HOSTILE}.db`);
const odd = inFolder(`odd ${HOSTILE}.db`);

describe('hostile text', () => {
  before(() => {
    writeNight(night, String(FIRST_S));
    writeNight(odd, HOSTILE);
    mkdirSync(inFolder('mixed'));
    writeFileSync(join(inFolder('mixed'), `none ${HOSTILE}.db`), 'no database');
    writeNight(join(inFolder('mixed'), `night ${HOSTILE}.db`), String(FIRST_S));
  });
  after(async () => {
    endTerminals();
    await endAll();
    rmSync(folder, { recursive: true });
  });

  it('is shown escaped, as JSON escapes it', () => {
    assert.equal(plain('a\u001b\u009b\n\u202eb\u00e9'), 'a\\u001b\\u009b\\n\\u202eb\u00e9');
    const json = plainJson(JSON.stringify({ a: HOSTILE }));
    assert.deepEqual(JSON.parse(json), { a: HOSTILE });
    assert.doesNotMatch(json, ACTIVE);
  });

  it('is harmless in what info, check and cache say', async () => {
    for (const args of [
      ['info', '--workers', '0', night],
      ['info', '--workers', '0', '--attributes', night, odd],
      ['info', '--workers', '0', '--quick', night],
      ['info', inFolder('mixed')],
      ['check', '--workers', '0', night, odd, inFolder('mixed')],
      ['check', '--schema', `event.topic=${HOSTILE}`, night],
      ['cache', 'list'],
      ['cache', 'list', night],
      ['cache', 'clear', night],
    ]) {
      assertHarmless(await runCli(args), args);
    }
    const { stdout } = await runCli(['info', '--workers', '0', '--json', night]);
    assertHarmless({ stdout, stderr: '' }, ['info', '--json']);
    assert.equal(JSON.parse(stdout).survey.topics[0].topic, TOPIC);
    const checked = await runCli(['check', '--workers', '0', '--json', odd]);
    assertHarmless(checked, ['check', '--json']);
    assert.equal(JSON.parse(checked.stdout)[0].path, odd);
  });

  it('is harmless in what a replay and its controls say, and in what a subscriber shows', async () => {
    for (const args of [
      [odd, '-s', 'max', '--verbose'],
      [night, '-s', '1000', '--lateness-by-topic', '-S', '__data_time', '--verbose'],
      [inFolder('mixed'), '-s', 'max', '--verbose'],
      [night, '-s', 'max', '-t', HOSTILE],
      [night, '-s', '1000', '--hlog', night],
      [night, '-s', 'max', '--json'],
    ]) {
      const free = ['-u', `tcp://127.0.0.1:${await freePort()}`, '--wait-setup', '0', '--workers', '0'];
      assertHarmless(await runCli([...args, ...free]), args);
    }
    const [url, control] = [await freePort(), await freePort()].map((port) => `tcp://127.0.0.1:${port}`);
    const replay = startCli([
      night,
      '--workers',
      '0',
      '-u',
      url,
      '--control',
      control,
      '--serve-forever',
      '-s',
      '100',
    ]);
    for (const args of [
      ['listen', '-n', '3', url],
      ['listen', '-n', '3', '--json', url],
      ['listen', url, '-n', '3', '-t', TOPIC],
      ...[
        ['step', TOPIC],
        ['step', '--', HOSTILE],
        ['next-event', TOPIC],
        ['seek', HOSTILE],
      ].map((command) => ['ctl', '--url', control, ...command]),
      ['ctl', '--url', control, '--json', 'next-event', TOPIC],
      ['ctl', '--url', HOSTILE, 'status'],
    ]) {
      const outcome = await runCli(args);
      assertHarmless(outcome, args);
      if (args[0] === 'listen' && args.includes('--json'))
        for (const line of outcome.stdout.trimEnd().split('\n')) assert.equal(JSON.parse(line).topic, TOPIC);
    }
    replay.kill();
    assertHarmless(await replay.outcome, ['replay']);
  });

  it('is harmless in what generate and keygen say', async () => {
    for (const args of [
      ['generate', inFolder(`made ${HOSTILE}.db`), '--events', '100'],
      ['generate', inFolder(`made ${HOSTILE}.db`), '--events', '100'],
      ['generate', inFolder(`made ${HOSTILE}.db`), '--events', '100', '--force', '--json'],
      ['keygen', inFolder(`key ${HOSTILE}`)],
      ['keygen', inFolder(`key ${HOSTILE}`)],
      ['keygen', '--json', '-f', inFolder(`key ${HOSTILE}`)],
      ['keygen', inFolder(`none ${HOSTILE}/key`)],
    ]) {
      assertHarmless(await runCli(args), args);
    }
  });

  it('is harmless in an error about any argument', async () => {
    const wrong = PLAY_FLAGS.filter(({ flags }) => flags.includes('<')).map(({ flags }) => [
      night,
      `${/--[a-z-]+/.exec(flags)}=${HOSTILE}`,
      // What is right in any form ends here.
      ...['--connect', HOSTILE, '--limit', '1'],
    ]);
    for (const args of [
      ...wrong,
      [inFolder(HOSTILE)],
      [`--${HOSTILE}`],
      [`-${HOSTILE}`],
      ['help', HOSTILE],
      ['cache', HOSTILE],
      ['ctl', HOSTILE],
      ['ctl', 'speed', HOSTILE],
      ['ctl', 'skip', HOSTILE],
      ['ctl', '--timeout', HOSTILE, 'status'],
      ['info', inFolder(HOSTILE)],
      ['info', '--sort', HOSTILE, night],
      ['listen', HOSTILE],
      ['listen', '--format', HOSTILE],
      ['listen', '--curve-server', HOSTILE],
      ['generate', HOSTILE, '--events', HOSTILE],
      ['generate', HOSTILE, '--duration', HOSTILE],
    ]) {
      const outcome = await runCli(args, { cwd: folder });
      assertHarmless(outcome, args);
      assert.notEqual(outcome.code, 0, args.join(' '));
    }
  });

  it('is harmless in the live view', { skip: skipWithoutPython() }, async () => {
    const args = ['-u', `tcp://127.0.0.1:${await freePort()}`, '--wait-setup', '0', '--verbose', '-s', '10'];
    const terminal = Terminal.play([night, inFolder('mixed'), ...args], 160);
    await terminal.until(/busiest +a\.\\u001b\]0;taken/);
    terminal.type('n');
    await terminal.until(/topic to go to/);
    terminal.type('a*\r');
    terminal.type('q');
    assert.equal((await terminal.outcome).code, 3);
    // The view's own sequences are all of the form ESC [ … letter.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are looked for
    const shown = terminal.output.replaceAll(/\u001b\[[?\d;]*[A-Za-z]|\r/g, (own) =>
      own.endsWith('2J') ? own : '',
    );
    assertHarmless({ stdout: shown, stderr: '' }, args);
  });
});

function assertHarmless(
  { stdout, stderr }: Pick<Outcome, 'stdout' | 'stderr'>,
  args: readonly string[],
): void {
  for (const written of [stdout, stderr]) {
    const found = ACTIVE.exec(written);
    const near = JSON.stringify(
      written.slice(Math.max(0, (found?.index ?? 0) - 60), (found?.index ?? 0) + 20),
    );
    assert.equal(found, null, `${JSON.stringify(args)} writes ${JSON.stringify(found?.[0])} at ${near}`);
    assert.doesNotMatch(written, /^\s*error: FORGED/m, JSON.stringify(args));
  }
}

/** A night whose texts are all hostile. @param time of each event, as text */
function writeNight(path: string, time: string): void {
  const db = new Database(path);
  db.exec(`CREATE TABLE event (id INTEGER PRIMARY KEY, topic, data_time);
    CREATE TABLE attribute (event_id INTEGER, key TEXT, value, data_type TEXT)`);
  const event = db.prepare('INSERT INTO event (topic, data_time) VALUES (?, ?)');
  const attribute = db.prepare('INSERT INTO attribute VALUES (?, ?, ?, ?)');
  db.transaction(() => {
    for (let i = 0; i < EVENTS; i++) {
      const { lastInsertRowid: id } = event.run(TOPIC, Number(time) + i / 10 || time);
      attribute.run(id, `key ${HOSTILE}`, `value ${HOSTILE}`, 'string');
      attribute.run(id, `key ${HOSTILE}`, HOSTILE, 'number');
      attribute.run(id, HOSTILE, Buffer.from(HOSTILE), HOSTILE);
    }
  })();
  db.close();
}
