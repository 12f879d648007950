import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Subscriber } from 'zeromq';
import { ask } from '../../src/control/control-client.js';
import { ControlSocket } from '../../src/control/control-socket.js';
import { replay } from '../../src/index.js';
import { checkControl } from '../../src/options/control-address.js';
import { Publisher } from '../../src/zmq/publisher.js';
import { endAll, freePort, RunningProgram, runCli, startCli } from '../support/peer.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const TIMEOUT_MS = 60_000;
const MOCK = ['--sleep', '0.001', '--wait-setup', '0'];

/** The doors that are bound: each opens a socket at an address, and returns how to close it. */
const DOORS = {
  publisher: async (url: string) => {
    const publisher = await openPublisher(url);
    return () => publisher.close();
  },
  'control socket': async (url: string) => {
    const socket = await ControlSocket.open(url);
    return () => socket.close();
  },
};

describe('an ipc address', () => {
  after(endAll);

  for (const [door, open] of Object.entries(DOORS)) {
    it(`that a program uses is not taken from it: ${door}`, async (context) => {
      const path = join(temporaryFolder(context), 'socket');
      const url = `ipc://${path}`;
      const first = await openPublisher(url);
      context.after(() => first.close());
      await assert.rejects(open(url), {
        code: 'ADDRESS_IN_USE',
        message: `Cannot bind to ${url}: the address is in use; end the other program, or give another address`,
      });
      const subscriber = new Subscriber({ linger: 0, receiveTimeout: TIMEOUT_MS });
      context.after(() => subscriber.close());
      subscriber.connect(url);
      subscriber.subscribe('');
      await first.waitForSubscribers(1, { timeoutMs: TIMEOUT_MS });
      first.send(['still', 'here']);
      assert.equal(String((await subscriber.receive())[1]), 'here');
    });

    it(`whose program was killed is taken, and its file is removed at the end: ${door}`, async (context) => {
      const path = join(temporaryFolder(context), 'socket');
      const dead = new RunningProgram(process.execPath, [
        '-e',
        `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`,
      ]);
      await dead.outcome;
      assert(existsSync(path));
      const close = await open(`ipc://${path}`);
      assert(existsSync(path));
      await close();
      assert(!existsSync(path));
    });

    it(`keeps the file that has taken the place of its own: ${door}`, async (context) => {
      const path = join(temporaryFolder(context), 'socket');
      const close = await open(`ipc://${path}`);
      unlinkSync(path);
      const other = createServer().listen(path);
      context.after(() => other.close());
      await once(other, 'listening');
      await close();
      assert(existsSync(path));
    });

    it(`with a file that is no socket is refused: ${door}`, async (context) => {
      const path = join(temporaryFolder(context), 'notes.txt');
      writeFileSync(path, 'mine');
      await assert.rejects(open(`ipc://${path}`), { code: 'BAD_ADDRESS' });
      assert(existsSync(path));
    });
  }

  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    it(`has no file after ${signal}`, async (context) => {
      const folder = temporaryFolder(context);
      const [events, control] = ['events', 'control'].map((name) => join(folder, name));
      const program = startCli(['-u', `ipc://${events}`, '--control', `ipc://${control}`, ...MOCK]);
      while (!existsSync(events) || !existsSync(control))
        await ask({ command: 'status' }, { url: `ipc://${control}`, timeoutMs: TIMEOUT_MS });
      const second = await runCli(['-u', `ipc://${events}`, ...MOCK]);
      assert.equal(second.code, 1);
      assert.match(second.stderr, /the address is in use/);
      program.kill(signal);
      await program.outcome;
      assert.deepEqual([existsSync(events), existsSync(control)], [false, false]);
    });
});

const HAS_IPV6 = await canListenOn('::1');
describe('IPv6', { skip: HAS_IPV6 ? false : 'this machine has none' }, () => {
  after(endAll);

  it('carries events, whose subscribers are counted, beside IPv4', async (context) => {
    const [v4, v6] = [`tcp://127.0.0.1:${await freePort()}`, `tcp://[::1]:${await freePort()}`];
    const publisher = await Publisher.open({ bind: [v4, v6], connect: [], highWaterMark: 0, lingerMs: 1000 });
    context.after(() => publisher.close());
    const subscribers = [v4, v6].map((url) => {
      const subscriber = new Subscriber({ linger: 0, receiveTimeout: TIMEOUT_MS, ipv6: true });
      context.after(() => subscriber.close());
      subscriber.connect(url);
      subscriber.subscribe('');
      return subscriber;
    });
    assert.equal(await publisher.waitForSubscribers(2, { timeoutMs: TIMEOUT_MS }), true);
    publisher.send(['topic', 'payload']);
    for (const subscriber of subscribers) assert.equal(String((await subscriber.receive())[1]), 'payload');
  });

  it('says who lacks what at the end', { skip: process.platform !== 'linux' }, async (context) => {
    const url = `tcp://[::1]:${await freePort()}`;
    const publisher = await Publisher.open({ bind: [url], connect: [], highWaterMark: 0, lingerMs: 4000 });
    const held = new RunningProgram(process.execPath, ['--input-type=module', '-e', HOLDING, url]);
    context.after(() => held.kill('SIGKILL'));
    await publisher.waitForSubscribers(1, { timeoutMs: TIMEOUT_MS });
    held.kill('SIGSTOP');
    publisher.send(['large', Buffer.alloc(64 << 20)]);
    assert.equal((await publisher.close()).subscribers, 1);
  });

  it('reaches a replay by listen, ctl and keys, and a proxy by connect', async (context) => {
    const folder = temporaryFolder(context);
    const name = join(folder, 'dome');
    assert.equal((await runCli(['keygen', name])).code, 0);
    const [url, control] = [`tcp://[::1]:${await freePort()}`, `tcp://[::1]:${await freePort()}`];
    const keys = ['--curve-server', `${name}.key`];
    const program = startCli([
      '-u',
      url,
      '--control',
      control,
      '--curve-keys',
      `${name}.key_secret`,
      ...MOCK,
    ]);
    const heard = await runCli(['listen', url, ...keys, '--count', '3', '--quiet', '--json']);
    assert.deepEqual([heard.code, heard.stdout], [0, '{\n  "received": 3\n}\n'], heard.stderr);
    const status = await runCli(['ctl', 'status', '--url', control, ...keys]);
    assert.equal(status.code, 0, status.stderr);
    program.kill('SIGTERM');
    await program.outcome;
  });

  it('reaches a subscriber that is connected to', async (context) => {
    const url = `tcp://[::1]:${await freePort()}`;
    const bound = new Subscriber({ linger: 0, receiveTimeout: TIMEOUT_MS, ipv6: true });
    context.after(() => bound.close());
    await bound.bind(url);
    bound.subscribe('');
    const stop = new AbortController();
    const playing = replay({
      connect: [url],
      sleepS: 0.001,
      waitSetupS: 0,
      waitSubscribers: 1,
      signal: stop.signal,
    });
    await bound.receive();
    stop.abort();
    assert.equal((await playing).endedBy, 'abort');
  });

  it('is this machine where 127.0.0.1 is', () => {
    assert.equal(checkControl({ control: 'tcp://[::1]:5557' }), 'tcp://[::1]:5557');
    assert.throws(() => checkControl({ control: 'tcp://[2001:db8::1]:5557' }), { code: 'BAD_OPTION' });
  });
});

const HOLDING = `
  import { Subscriber } from 'zeromq';
  const socket = new Subscriber({ linger: 0, ipv6: true });
  socket.connect(process.argv[1]);
  socket.subscribe('');
  for await (const _ of socket);
`;

function openPublisher(url: string): Promise<Publisher> {
  return Publisher.open({ bind: [url], connect: [], highWaterMark: 0, lingerMs: 0 });
}

async function canListenOn(host: string): Promise<boolean> {
  const server = createServer().listen(0, host);
  const isThere = await Promise.race([
    once(server, 'listening').then(() => true),
    once(server, 'error').then(() => false),
  ]);
  server.close();
  return isThere;
}
