/** Loaded before bench/publish/program.js: its socket is slow, or gets a message wrong once it is warm. */

import { performance } from 'node:perf_hooks';
import { type Part, Publisher } from '../../src/zmq/publisher.js';
import { HELD_US, SENDER_SPOIL, type SenderSpoil } from './sender-spoil.js';

/** The message that is wrong, from 1. */
const WRONG = 100;

const spoil = process.env[SENDER_SPOIL] as SenderSpoil;
const { send } = Publisher.prototype;
let warmUp: Publisher | undefined;
let held: Part[] | undefined;
let sent = 0;

Publisher.prototype.send = function (this: Publisher, parts: Part[]): undefined {
  warmUp ??= this;
  if (this === warmUp) {
    send.call(this, parts);
    return;
  }
  sent += 1;
  if (spoil === 'slow') hold();
  if (sent === WRONG && spoil === 'order') held = parts;
  if (sent === WRONG && (spoil === 'order' || spoil === 'loss')) return;
  send.call(this, sent === WRONG && spoil === 'byte' ? withWrongByte(parts) : parts);
  if (held !== undefined) send.call(this, held);
  held = undefined;
};

function hold(): void {
  const endMs = performance.now() + HELD_US / 1000;
  while (performance.now() < endMs);
}

/** Changes a letter of the text at its end. */
function withWrongByte([topic, payload]: Part[]): Part[] {
  const changed = Uint8Array.from(payload as Uint8Array);
  changed[changed.length - 3] ^= 1;
  return [topic, changed];
}
