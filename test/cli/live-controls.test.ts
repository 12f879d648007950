import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Controllable, Controls } from '../../src/cli/live/controls.js';
import { Keyboard } from '../../src/cli/live/keyboard.js';
import { LinePrompt } from '../../src/cli/live/line-prompt.js';
import { actionOf, KEY_TABLE } from '../../src/control/key-table.js';
import { SpeedLadder, speedText } from '../../src/control/speed-ladder.js';
import type { ReplayState } from '../../src/playback/playback.js';
import { TimeZone } from '../../src/selection/time-zone.js';

const DOCS = fileURLToPath(new URL('../../../docs/terminal.md', import.meta.url));

/** Writes down the orders that it is given; answers when the test says so. */
class Orders {
  readonly given: string[] = [];
  state: ReplayState = 'playing';
  speedup = 1;
  private readonly _answers: { resolve: (value: never) => void; reject: (error: unknown) => void }[] = [];

  readonly playback = {
    status: () => ({ state: this.state, speedup: this.speedup }),
    pause: () => this._note('pause'),
    resume: () => this._note('resume'),
    changeSpeed: (speedup: number | 'max') => this._note(`speed ${speedup}`),
    quit: () => this._note('quit'),
    step: (topic?: string) => this._ask(`step ${topic ?? ''}`),
    seek: (to: string) => this._ask(`seek ${to}`),
    seekBy: (byS: number) => this._ask(`seek by ${byS}`),
    nextGap: () => this._ask('gap'),
    nextEvent: (topic: string) => this._ask(`event ${topic}`),
  } as unknown as Controllable;

  async answer(value: unknown): Promise<void> {
    this._answers.shift()?.resolve(value as never);
    await settled();
  }

  async fail(message: string): Promise<void> {
    this._answers.shift()?.reject(new Error(message));
    await settled();
  }

  private _note(order: string): void {
    this.given.push(order);
  }

  private _ask(order: string): Promise<never> {
    this._note(order);
    return new Promise((resolve, reject) => this._answers.push({ resolve, reject }));
  }
}

/** The line that is being typed; undefined: none. */
function textOf(controls: Controls): string | undefined {
  return controls.prompt?.text;
}

/** What follows from settled promises has happened. */
async function settled(): Promise<void> {
  await new Promise(setImmediate);
}

function hasNotice({ notice }: Controls): boolean {
  return notice !== undefined;
}

function driven() {
  const orders = new Orders();
  const signals: string[] = [];
  const clock = { nowMs: 0 };
  const controls = new Controls(orders.playback, {
    zone: new TimeZone('UTC'),
    onChange: () => {},
    onInterrupt: () => signals.push('interrupt'),
    onSuspend: () => signals.push('suspend'),
    nowMs: () => clock.nowMs,
  });
  const press = (...keys: string[]) => {
    for (const key of keys) controls.press(key);
  };
  return { orders, signals, clock, controls, press };
}

test('each key gives the order that it stands for', async () => {
  const { orders, signals, press } = driven();
  press('space');
  orders.state = 'paused';
  press('space', '.', '+', '=', '-', '1', 'g', 'home', 'end', 'q', 'ctrl-c', 'ctrl-z', 'x', 'Q', 'f1');
  assert.deepEqual(orders.given, [
    ...['pause', 'resume', 'step ', 'speed 2', 'speed 2', 'speed 0.5', 'speed 1', 'gap'],
    ...['seek +0', 'seek -0', 'quit'],
  ]);
  assert.deepEqual(signals, ['interrupt', 'suspend']);
});

test('distances: arrows, Shift and pages', async () => {
  for (const [key, byS] of Object.entries({
    left: -10,
    right: 10,
    'shift-left': -60,
    'shift-right': 60,
    down: -60,
    up: 60,
    pagedown: -600,
    pageup: 600,
  })) {
    const { orders, press } = driven();
    press(key);
    assert.deepEqual(orders.given, [`seek by ${byS}`], key);
  }
});

test('distances that are ordered while a jump is under way are made in one', async () => {
  const { orders, controls, press } = driven();
  press('right', 'right', 'right', 'left', 'up');
  assert.deepEqual(orders.given, ['seek by 10']);
  assert.equal(controls.pending?.what, 'seeking');
  await orders.answer(10);
  assert.deepEqual(orders.given, ['seek by 10', 'seek by 70']);
  await orders.answer(80);
  assert.equal(controls.pending, undefined);
  assert.equal(controls.notice?.text, 'At 1970-01-01 00:01:20');
  press('right');
  await orders.fail('no');
  press('right');
  assert.deepEqual(orders.given.slice(2), ['seek by 10', 'seek by 10']);
});

test('an order that fails is told for a few seconds, and is no more than that', async () => {
  const { orders, clock, controls, press } = driven();
  press('g');
  clock.nowMs = 2500;
  assert.deepEqual(controls.pending, { what: 'looking for a silence', sinceS: 2.5 });
  await orders.fail('The disk is gone');
  assert.equal(controls.pending, undefined);
  assert.deepEqual([controls.notice?.text, controls.notice?.isError], ['The disk is gone', true]);
  clock.nowMs += 10_000;
  assert(!hasNotice(controls));
  orders.playback.pause = () => {
    throw new Error('The replay has ended');
  };
  press('space');
  assert.equal(controls.notice?.text, 'The replay has ended');
});

test('a topic is asked for; Enter takes the last one again, Escape cancels', async () => {
  const { orders, controls, press } = driven();
  press(
    'n',
    'return',
    'n',
    't',
    'c',
    's',
    '.',
    'x',
    'backspace',
    'q',
    'return',
    's',
    'return',
    'n',
    'z',
    'escape',
  );
  assert.deepEqual(orders.given, ['event tcs.q', 'step tcs.q']);
  assert.equal(textOf(controls), undefined);
  await orders.answer(undefined);
  assert.equal(controls.notice?.text, 'No event of tcs.q ahead');
  assert.equal(textOf(controls), 'tcs.q');
  await orders.answer({ topic: 'tcs.q', dueS: 1.25 });
  assert.equal(controls.notice?.text, 'Sent tcs.q, recorded 1970-01-01 00:00:01.250');
});

test('a line whose command fails comes back with its text, unless another one was begun', async () => {
  const { orders, controls, press } = driven();
  press('t', 'x', 'y', 'return');
  assert.equal(textOf(controls), undefined);
  await orders.fail('Expected a time');
  assert.deepEqual([textOf(controls), controls.notice?.text], ['xy', 'Expected a time']);
  press('backspace', 'return');
  assert.deepEqual(orders.given, ['seek xy', 'seek x']);
  await orders.answer(0);
  assert.equal(textOf(controls), undefined);
  press('n', 'a', 'return', 't', '1');
  await orders.answer(undefined);
  assert.equal(textOf(controls), '1');
});

test('a time is asked for; Ctrl-C works while it is', () => {
  const { orders, signals, controls, press } = driven();
  press('t', '+', '9', '0', 'm', 'ctrl-c', 'return');
  assert.deepEqual([orders.given, signals], [['seek +90m'], ['interrupt']]);
  press('t');
  controls.paste('2018-03-24T04:00\nq\n');
  press('return');
  controls.paste('q');
  assert.deepEqual(orders.given.slice(1), ['seek 2018-03-24T04:00']);
});

test('a line can be edited, and takes no controls', () => {
  const prompt = new LinePrompt('topic', '');
  prompt.type('one two\u001bx');
  assert.equal(prompt.text, 'one twox');
  prompt.press('ctrl-w');
  assert.equal(prompt.text, 'one ');
  prompt.press('é');
  prompt.press('🙂');
  prompt.press('backspace');
  assert.deepEqual([prompt.press('left'), prompt.text], [undefined, 'one é']);
  prompt.press('ctrl-u');
  assert.deepEqual([prompt.text, prompt.press('return')], ['', 'canceled']);
  prompt.type('x'.repeat(10_000));
  assert.match(prompt.text, /^x{200}$/);
});

test('speeds go up and down a ladder, from between its steps too, and through the speed of the start', () => {
  const ladder = new SpeedLadder(1);
  assert.deepEqual(
    [ladder.faster(1), ladder.faster(60), ladder.faster(1000), ladder.faster(Number.POSITIVE_INFINITY)],
    [2, 100, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  );
  assert.deepEqual(
    [ladder.slower(1), ladder.slower(60), ladder.slower(Number.POSITIVE_INFINITY), ladder.slower(0.01)],
    [0.5, 50, 1000, 0.01],
  );
  const odd = new SpeedLadder(3);
  assert.deepEqual([odd.faster(2), odd.slower(odd.faster(3)), odd.faster(odd.slower(3))], [3, 3, 3]);
  assert.deepEqual(
    [speedText(0.25), speedText(1 / 3), speedText(Number.POSITIVE_INFINITY)],
    ['0.25x', '0.333333x', 'max'],
  );
});

test('keys are told by name; what is pasted, and what follows an unknown sequence, are not keys', () => {
  const input = Object.assign(new EventEmitter(), {
    setRawMode: () => {},
    pause: () => {},
    resume: () => {},
  });
  const seen: string[] = [];
  const keyboard = new Keyboard(input as never, {
    onKey: (key) => seen.push(key),
    onPaste: (text) => seen.push(`pasted ${JSON.stringify(text)}`),
  });
  const type = (text: string) => {
    seen.length = 0;
    input.emit('data', Buffer.from(text));
    return seen.join(' ');
  };
  assert.equal(type('q'), '', 'before it is open');
  keyboard.open();
  assert.equal(
    type(' .+=-1?qQé\t\r\n\x7f\x03\x1a'),
    'space . + = - 1 ? q Q é tab return return backspace ctrl-c ctrl-z',
  );
  assert.equal(
    type('\x1b[D\x1b[C\x1b[1;2D\x1b[1;2C\x1b[A\x1b[B\x1b[5~\x1b[6~\x1b[H\x1b[F\x1bOD'),
    'left right shift-left shift-right up down pageup pagedown home end left',
  );
  assert.equal(type('\x1bq\x1b[1;3C'), '', 'with Alt');
  assert.equal(type('\x1b[200~q \r\x1b[201~.'), 'pasted "q \\r" .');
  assert.equal(type('\x1b[99;99zq .'), '', 'behind what is unknown');
  assert.equal(type('q'), 'q');
  keyboard.close();
  assert.equal(type('q'), '', 'after it was closed');
});

test('each key has one purpose, and docs/terminal.md lists them all', () => {
  const keys = KEY_TABLE.flatMap(({ actions }) => Object.keys(actions));
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(actionOf('x'), undefined);
  const docs = readFileSync(DOCS, 'utf8');
  for (const { keys, purpose } of KEY_TABLE) {
    const shown = keys
      .split(' ')
      .map((key) => `\`${key}\``)
      .join(' ');
    assert(docs.includes(`| ${shown} | ${purpose} |`), `| ${shown} | ${purpose} |`);
  }
});
