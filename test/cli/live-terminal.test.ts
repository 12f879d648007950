import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { generate } from '../../src/index.js';
import { NIGHT_TOPICS, writeTopicsNight } from '../support/odd-night.js';
import { endAll, freePort, skipWithoutPython } from '../support/peer.js';
import { eventOf, Receiver } from '../support/receiver.js';
import { COLOR, endTerminals, Terminal } from '../support/terminal.js';

const RUNS_AT_ONCE = 2;
/** Without threads, which take time to start, and without a core to be in time. */
const AT_ONCE = ['--wait-setup', '0', '--workers', '0', '--timing', 'eco'];
const AWAITED = [...AT_ONCE, '--wait-subscribers', '1'];
const SHOWN_CURSOR = '\u001b[?25h';
const SHOWN_CURSOR_PATTERN = new RegExp(SHOWN_CURSOR.replace(/[[?]/g, '\\$&'));
const HIDDEN_CURSOR = '\u001b[?25l';

const folder = mkdtempSync(join(tmpdir(), 'tcs-terminal-'));
const night = join(folder, 'night.db');
const numbered = join(folder, 'numbered.db');

describe('on a terminal', { concurrency: RUNS_AT_ONCE, skip: skipWithoutPython() }, () => {
  before(async () => {
    await generate({ path: night, events: 2000, durationS: 600 });
    writeTopicsNight(numbered, { events: 2000, intervalSeconds: 1 });
  });

  after(async () => {
    endTerminals();
    await endAll();
    rmSync(folder, { recursive: true });
  });

  it('space pauses, a step sends exactly one event, and space goes on', async () => {
    const url = await freeUrl();
    const receiver = Receiver.connected(url);
    const terminal = Terminal.play([numbered, '-u', url, '--start-paused', ...AWAITED]);
    await terminal.until(/⏸ paused/);
    for (let number = 0; number < 3; number++) {
      terminal.type('.');
      await terminal.until(new RegExp(`sent .*\\b${number + 1} events?\\b`));
      assert.equal(eventOf(await receiver.next()).seq, `${number}`);
    }
    await terminal.until(/Sent \S+, recorded 2023-11-14 16:13:22\.000/);
    terminal.type('+++++ ');
    await terminal.until(/▶ playing {2}50x/);
    assert.equal(eventOf(await receiver.next()).seq, '3');
    terminal.type(' ');
    await terminal.until(/⏸ paused {2}50x/);
    terminal.type('q');
    assert.deepEqual(await terminal.outcome, { code: 0, restored: true });
    receiver.close();
    assert.match(terminal.output, /Quit after \d+ events? in /);
  });

  it('goes where the keys say: the next event there is sent next; and steps up to the next event of a topic that is typed, and of the same one again with Enter', async () => {
    const url = await freeUrl();
    const receiver = Receiver.connected(url);
    const terminal = Terminal.play([numbered, '-u', url, '--start-paused', ...AWAITED]);
    await terminal.until(/⏸ paused/);
    const last = NIGHT_TOPICS[NIGHT_TOPICS.length - 1];
    for (const [keys, place, seq] of [
      ['\x1b[C', /At 2023-11-14 16:13:30/, 10],
      ['\x1b[A', /At 2023-11-14 16:14:30/, 70],
      ['\x1b[D\x1b[D', /At 2023-11-14 16:14:10/, 50],
      ['\x1b[5~', /At 2023-11-14 16:24:10/, 650],
      ['\x1b[F', /At 2023-11-14 16:46:39/, 1999],
      ['\x1b[H', /At 2023-11-14 16:13:20/, 0],
      ['t+10m\r', /At 2023-11-14 16:23:20/, 600],
      [`n${last}\r`, new RegExp(`${last} at 2023-11-14 16:23:29\\.000`), 609],
    ] as const) {
      terminal.type(keys);
      await terminal.until(place);
      terminal.type('.');
      assert.equal(eventOf(await receiver.next()).seq, `${seq}`, JSON.stringify(keys));
      await terminal.until(/Sent /);
    }
    // Topics come in turn.
    const topic = NIGHT_TOPICS[NIGHT_TOPICS.length - 2];
    terminal.type('s');
    await terminal.until(/topic to step to/);
    terminal.type(`${topic}x\x7f\r`);
    await terminal.until(new RegExp(`Sent ${topic}, `));
    assert.equal((await receiver.take(NIGHT_TOPICS.length - 1)).at(-1)?.topic, topic);
    terminal.type('s');
    await terminal.until(new RegExp(`topic to step to.*\\[${topic}\\]: `));
    terminal.type('\r');
    await terminal.until(new RegExp(`Sent ${topic}, `));
    assert.equal((await receiver.take(NIGHT_TOPICS.length)).at(-1)?.topic, topic);
    terminal.type('s\x1b');
    await terminal.until(/\? all keys/);
    terminal.type('q');
    assert.deepEqual(await terminal.outcome, { code: 0, restored: true });
    receiver.close();
  });

  it('says what was wrong with an order, keeps what was typed, shows the keys on ?, does nothing for what is pasted, for unknown keys and with Alt, follows the size of the terminal, and plays on', async () => {
    const terminal = await playing();
    terminal.type('tnoon\r');
    await terminal.until(/time to go to: noon▏.*Expected the time to be .*"noon"/s);
    await terminal.until(/▶ playing/);
    // What was typed is there again, to be mended, or given up.
    terminal.type('\u0015\r');
    terminal.type('?');
    await terminal.until(/space +\S*pause, go on/);
    await terminal.until(/suspend it: fg goes on/);
    terminal.type('?');
    await terminal.until(/\? all keys/);
    terminal.resize(50, 20);
    await terminal.until(/\d+% +[\d,]+ events? +[\d,]+\/s/);
    terminal.resize(120, 30);
    await terminal.until(/▶ playing.*America\/Chicago/);
    terminal.type('\x1b[200~q q\x1b[201~');
    terminal.type('\x1bqZé🙂\t');
    terminal.type(' ');
    await terminal.until(/⏸ paused {2}1x/);
    terminal.type('q');
    assert.deepEqual(await terminal.outcome, { code: 0, restored: true });
    assert.match(terminal.output, COLOR);
  });

  it('has no colours where NO_COLOR says so', async () => {
    const plain = await playing({ NO_COLOR: '1' });
    plain.type('q');
    await plain.outcome;
    assert.doesNotMatch(plain.output, COLOR);
  });

  it('stops with 130 on Ctrl-C, and with 143 on SIGTERM; the terminal is as it was', async () => {
    for (const [stop, code] of [
      [(terminal: Terminal) => terminal.type('\x03'), 130],
      [(terminal: Terminal) => terminal.signal('SIGTERM'), 143],
    ] as const) {
      const terminal = await playing();
      stop(terminal);
      assert.deepEqual(await terminal.outcome, { code, restored: true });
      assertCursorShown(terminal);
      assert.match(terminal.output, /Stopped after [\d,]+ events? in /);
    }
  });

  it('gives the terminal back before a signal that nobody takes, and when it fails', async () => {
    const hungUp = await playing();
    hungUp.signal('SIGQUIT');
    const { code, restored } = await hungUp.outcome;
    assert.deepEqual({ isSignal: code < 0, restored }, { isSignal: true, restored: true });
    assertCursorShown(hungUp);
    const failing = Terminal.play([join(folder, 'missing.db')]);
    assert.deepEqual(await failing.outcome, { code: 1, restored: true });
    assert.match(failing.output, /error: .*missing\.db/);
    assertCursorShown(failing);
  });

  it('is suspended by Ctrl-Z with the terminal as it was, and goes on where it was', async () => {
    const terminal = await playing();
    terminal.type('\x1a');
    assert.equal(await terminal.untilStopped(), true);
    // That it has stopped, and what it wrote before, come by different ways.
    await terminal.until(SHOWN_CURSOR_PATTERN);
    terminal.continue();
    await terminal.until(/▶ playing/);
    terminal.type(' ');
    await terminal.until(/⏸ paused/);
    terminal.type('\x1a');
    assert.equal(await terminal.untilStopped(), true);
    terminal.continue();
    await terminal.until(/⏸ paused/);
    terminal.type('q');
    assert.deepEqual(await terminal.outcome, { code: 0, restored: true });
  });

  it('shows nothing with --quiet, nor on a terminal without cursor movements, and takes no keys', async () => {
    const args = [numbered, '-u', await freeUrl(), '-s', 'max', ...AT_ONCE, '--json'];
    const quiet = Terminal.play([...args, '--quiet']);
    await quiet.outcome;
    assert(!quiet.output.includes('\u001b'), quiet.output);
    const dumb = Terminal.play(args, 100, 24, { TERM: 'dumb' });
    await dumb.outcome;
    assert(!dumb.output.includes('\u001b'), dumb.output);
    assert.match(dumb.output, /"sent": 2000/);
  });

  it('shows the summary in the place of the view at the end', async () => {
    const terminal = Terminal.play([numbered, '-u', await freeUrl(), '-s', '1000', ...AT_ONCE], 120, 30);
    assert.deepEqual(await terminal.outcome, { code: 0, restored: true });
    assert.match(terminal.output, /▶ playing/);
    assert.match(terminal.output, /Played 2,000 events in [\d.]+m?s\r\n {2}rate /);
    assertCursorShown(terminal);
  });
});

/** A night that plays at its pace. */
async function playing(env: Record<string, string> = {}): Promise<Terminal> {
  const terminal = Terminal.play([night, '-u', await freeUrl(), ...AT_ONCE], 100, 24, env);
  await terminal.until(/▶ playing/);
  return terminal;
}

function assertCursorShown({ output }: Terminal): void {
  assert(output.lastIndexOf(SHOWN_CURSOR) >= output.lastIndexOf(HIDDEN_CURSOR), JSON.stringify(output));
}

async function freeUrl(): Promise<string> {
  return `tcp://127.0.0.1:${await freePort()}`;
}
