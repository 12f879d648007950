/**
 * A client that means harm: it speaks just enough of ZMTP 3.0 to subscribe at a publisher, or to send requests, and then
 * sends as much as it can, until the connection ends or it is killed. It prints how it ended.
 *
 * `node flooding-client.js PORT KIND`
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What it sends, again and again. */
const KINDS = {
  /** Subscribes to a topic, and no longer. */
  toggle: () => many(500, () => [frame('\x01topic'), frame('\x00topic')]),
  /** Subscribes to ever more topics. */
  distinct: () => many(500, () => [frame(`\x01${String(number++).padStart(12, '0')}${'x'.repeat(188)}`)]),
  /** Subscribes to topics of 8 MB. */
  large: () => many(1, () => [frame(`\x01${number++}${'x'.repeat(8e6)}`)]),
  /** Announces a frame of 3 GB, and begins with it. */
  endless: () => (number++ === 0 ? header(3e9) : Buffer.alloc(1 << 20)),
  /** Asks a control socket for its status. */
  requests: () => many(100, () => [frame('', true), frame('{"command":"status"}')]),
};
export type FloodKind = keyof typeof KINDS;

const CONNECT_RETRY_MS = 20;
const MORE = 1;
const LARGE = 2;
const COMMAND = 4;
let number = 0;

const [, , port, kind] = process.argv;
await flood(await connected(Number(port)), kind as FloodKind);

async function flood(socket: Socket, kind: FloodKind): Promise<void> {
  let isOver = false;
  const over = new Promise<void>((resolve) => {
    socket.on('close', () => {
      isOver = true;
      resolve();
    });
  });
  socket.write(greeting());
  socket.write(ready(kind === 'requests' ? 'DEALER' : 'SUB'));
  socket.resume();
  while (!isOver) {
    if (socket.write(KINDS[kind]())) continue;
    await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), over]);
  }
  process.stdout.write('disconnected\n');
}

/** Connects as soon as somebody listens. */
async function connected(port: number): Promise<Socket> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.on('error', () => {});
    if (isThere) return socket;
    await delay(CONNECT_RETRY_MS);
  }
}

function greeting(): Buffer {
  const bytes = Buffer.alloc(64);
  bytes.set([0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0]);
  bytes.write('NULL', 12);
  return bytes;
}

function ready(socketType: string): Buffer {
  const name = 'Socket-Type';
  const size = Buffer.alloc(4);
  size.writeUInt32BE(socketType.length);
  const body = Buffer.concat([Buffer.from(`\x05READY\x0b${name}`), size, Buffer.from(socketType)]);
  return Buffer.concat([Buffer.from([COMMAND, body.length]), body]);
}

function frame(body: string, isMore = false): Buffer {
  const bytes = Buffer.from(body, 'latin1');
  if (bytes.length > 255) return Buffer.concat([header(bytes.length), bytes]);
  return Buffer.concat([Buffer.from([isMore ? MORE : 0, bytes.length]), bytes]);
}

/** The header of a large frame. */
function header(bodyBytes: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = LARGE;
  bytes.writeBigUInt64BE(BigInt(bodyBytes), 1);
  return bytes;
}

function many(times: number, frames: () => Buffer[]): Buffer {
  return Buffer.concat(Array.from({ length: times }, frames).flat());
}
