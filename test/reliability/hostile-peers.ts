import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Random } from '../../src/generate/random.js';
import { freePort, PythonSubscriber, startCli } from '../support/peer.js';
import { makeNight } from './night.js';
import type { ReliabilityPromise } from './reliability-promise.js';

const PEERS = 12;
/** Greeting of ZMTP 3.0 with the mechanism NULL (https://rfc.zeromq.org/spec/23/). */
const GREETING = Buffer.concat([
  Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]),
  Buffer.from('NULL'.padEnd(20, '\0')),
  Buffer.alloc(32),
]);
const READY = Buffer.from('\x04\x19\x05READY\x0bSocket-Type\0\0\0\x03SUB', 'latin1');

/** Connects peers that send what no subscriber sends, beside one that is as it should be. */
export const HOSTILE_PEERS: ReliabilityPromise = {
  name: 'hostile-peers',
  says: 'What a peer sends to the sockets ends no replay, and takes no event from another subscriber.',
  method: 'Noise, broken handshakes, subscriptions of random bytes at the event and the control socket.',
  async trial(random, folder) {
    const { path, events } = await makeNight(random, folder);
    const [port, control] = [await freePort(), await freePort()];
    const url = `tcp://127.0.0.1:${port}`;
    const subscriber = await PythonSubscriber.start(url, { count: events.length });
    const program = startCli([
      ...[
        path,
        '-u',
        url,
        '-s',
        '60',
        '--wait-setup',
        '0',
        '--wait-subscribers',
        '1',
        '--wait-timeout',
        '120',
      ],
      ...['--control', `tcp://127.0.0.1:${control}`, '--json', '--quiet'],
    ]);
    const peers = new Set<Promise<void>>();
    let isOver = false;
    void program.outcome.finally(() => {
      isOver = true;
    });
    let attacks = 0;
    while (!isOver && attacks < PEERS) {
      const peer = attack(random, random.chance(0.7) ? port : control);
      peers.add(peer);
      await peer;
      attacks += 1;
    }
    const { code, stdout, stderr } = await program.outcome;
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).sent, events.length);
    const { received } = await subscriber.result();
    assert.equal(received, events.length);
    return { peers: attacks, deliveries: received };
  },
};

/** Resolves when the peer has gone; one that is refused has gone, too. */
async function attack(random: Random, port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  const gone = once(socket, 'close').catch(() => {});
  socket.on('error', () => {}).resume();
  await Promise.race([once(socket, 'connect').catch(() => {}), gone]);
  if (!socket.destroyed) send(random, socket);
  socket.end();
  setTimeout(() => socket.destroy(), 1000).unref();
  await gone;
}

function send(random: Random, socket: Socket): void {
  const noise = Buffer.from(Array.from({ length: random.below(4096) }, () => random.below(256)));
  switch (random.below(4)) {
    case 0:
      socket.write(noise);
      break;
    case 1:
      socket.write(Buffer.concat([GREETING, noise]));
      break;
    case 2:
      socket.write(Buffer.concat([GREETING, READY, noise]));
      break;
    default: {
      // Subscriptions of short random prefixes, and their ends.
      const frames = Array.from({ length: random.below(2000) }, () =>
        Buffer.from([0, 2, random.below(2), 97 + random.below(26)]),
      );
      socket.write(Buffer.concat([GREETING, READY, ...frames]));
    }
  }
}
