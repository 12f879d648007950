import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { PeerProcess } from '../../src/kernel/peer-processes.js';
import { connectionKey, type TcpConnection } from '../../src/kernel/tcp-connections.js';
import type { ThreadTimes } from '../../src/kernel/thread-times.js';
import { KernelLevel, type KernelLevelOptions } from '../../src/loadtest/kernel-level.js';
import { SentBytes } from '../../src/loadtest/sent-bytes.js';

const ADDRESS = 'tcp://127.0.0.1:5556';
const TOPIC = Buffer.from('tcs.a.b');
const PAYLOAD_BYTES = 300;
/** What such an event takes. */
const EVENT_BYTES = 318;

/** A subscriber of a machine that is made up. */
interface Peer {
  readonly pid?: number;
  readonly prefixes: readonly string[];
  acked: number;
  received: number;
  peerFullMs: number;
  sendQueueBytes: number;
  unread: number;
  isThere: boolean;
  /** Whether its connection is one of TCP. */
  isSeen: boolean;
  port: number;
}

describe('KernelLevel', () => {
  it('proves what each subscriber was delivered, and how much is lost, whatever is sent', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 50 });
    const subscribers = fc.array(fc.array(fc.boolean(), { minLength: 50, maxLength: 50 }), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(sizes, subscribers, async (payloads, takes) => {
        const machine = new Machine();
        const peers = takes.map(() => machine.connect(['']));
        const level = machine.level();
        await level.baseline();
        for (const [i, payload] of payloads.entries()) {
          const bytes = machine.send(payload);
          for (const [k, peer] of peers.entries()) if (takes[k][i]) peer.acked += bytes;
        }
        const { knows, connections } = await level.final();
        assert.equal(knows, 'bytes');
        for (const [k, { delivered, lost }] of connections.entries()) {
          const missing = payloads.filter((_, i) => !takes[k][i]).length;
          assert.equal(delivered, missing === 0 ? 'all' : 'some');
          assert.ok(lost !== null && lost.events.least <= missing && lost.events.most >= missing);
          if (new Set(payloads).size === 1) assert.equal(lost.events.least, lost.events.most);
        }
      }),
    );
  });

  it('tells who lags, by how much, and for how long', async () => {
    const machine = new Machine();
    const [fast, slow] = [machine.connect(['']), machine.connect([''])];
    const level = machine.level();
    await level.baseline();
    machine.sendMany(1000, [fast]);
    slow.acked += 200 * EVENT_BYTES;
    slow.sendQueueBytes = 50_000;
    slow.peerFullMs += 400;
    machine.passes(500);
    const { connections } = await level.sample();
    assert.equal(connections[0].lagEvents, 0);
    assert.equal(connections[0].lagS, 0);
    assert.equal(connections[0].backedUpShare, 0);
    const [, { lagBytes, lagEvents, lagS, drainEventsPerS, backedUpShare, delivered }] = connections;
    assert.deepEqual(
      { lagBytes, lagEvents, lagS },
      { lagBytes: 800 * EVENT_BYTES, lagEvents: 800, lagS: 0.4 },
    );
    assert.equal(drainEventsPerS, 400);
    assert.equal(backedUpShare, 0.8);
    assert.equal(delivered, null);
    // What was sent since then is younger. Events count as sent evenly between two looks.
    machine.sendMany(100, [fast]);
    slow.acked += 799 * EVENT_BYTES;
    machine.passes(500);
    assert.equal((await level.sample()).connections[1].lagS, 0.5005);
    slow.acked += EVENT_BYTES;
    machine.passes(300);
    assert.equal((await level.sample()).connections[1].lagS, 0.8);
    slow.acked += 100 * EVENT_BYTES;
    assert.equal((await level.sample()).connections[1].lagS, 0);
  });

  it('tells that events are lost as soon as the queues cannot hold what is missing', async () => {
    const machine = new Machine();
    machine.connect(['']);
    const level = machine.level({ highWaterMark: 100 });
    await level.baseline();
    machine.sendMany(100, []);
    assert.equal((await level.sample()).connections[0].lostAtLeast, 0);
    machine.sendMany(900, []);
    const [{ lostAtLeast, lagEvents }] = (await level.sample()).connections;
    assert.ok(lostAtLeast !== null && lostAtLeast > 850 && lostAtLeast <= 900, `${lostAtLeast}`);
    assert.ok(lagEvents !== null && lagEvents < 150);
    const [{ lost }] = (await level.final()).connections;
    assert.deepEqual(lost, { bytes: 1000 * EVENT_BYTES, events: { least: 1000, most: 1000, about: 1000 } });
  });

  it('counts as lost, and not as lag, what is missing when the queues are empty', async () => {
    const machine = new Machine();
    const peer = machine.connect(['']);
    const level = machine.level();
    await level.baseline();
    machine.sendMany(100, [peer]);
    machine.sendMany(20, []);
    const seen = [];
    for (let i = 0; i < 6; i++) {
      machine.passes(250);
      const [{ lagEvents, lostAtLeast }] = (await level.sample()).connections;
      seen.push([lagEvents, lostAtLeast]);
    }
    assert.deepEqual(seen[0], [20, 0]);
    assert.deepEqual(seen[5], [0, 20]);
    // What comes after all was only late.
    peer.acked += 5 * EVENT_BYTES;
    machine.passes(250);
    const [{ lagEvents, lostAtLeast }] = (await level.sample()).connections;
    assert.deepEqual([lagEvents, lostAtLeast], [0, 15]);
  });

  it('says of no event that it is lost where what a connection was sent is not exact', async () => {
    const machine = new Machine();
    const changing = machine.connect(['']);
    const level = machine.level();
    await level.baseline();
    changing.received += 20;
    const joining = machine.connect(['']);
    await level.sample();
    // Its subscription comes after its connection.
    machine.sendMany(5, []);
    machine.sendMany(10, [changing, joining]);
    for (let i = 0; i < 6; i++) {
      machine.passes(250);
      await level.sample();
    }
    const { connections } = await level.sample();
    assert.deepEqual(
      connections.map(({ since, lagEvents, lostAtLeast }) => [since, lagEvents, lostAtLeast]),
      [
        ['start', 0, null],
        ['joined', 0, null],
      ],
    );
  });

  it('takes off the answers to heartbeats, and says so where a subscriber sent something else', async () => {
    const machine = new Machine();
    const [beating, changing] = [machine.connect(['']), machine.connect([''])];
    const level = machine.level();
    await level.baseline();
    machine.sendMany(10, [beating, changing]);
    beating.received += 3 * 9;
    beating.acked += 3 * 7;
    changing.received += 20;
    // An answer is under way at the last look, and one was at the first.
    beating.received += 9;
    assert.equal((await level.final()).connections[0].delivered, 'all');
    beating.acked += 2 * 7;
    const { connections } = await level.final();
    assert.equal(connections[0].delivered, 'all');
    assert.equal(connections[0].lost?.bytes, 0);
    assert.equal(connections[1].delivered, 'unknown');
    assert.match(connections[1].reason ?? '', /20 bytes that are not heartbeats alone/);
  });

  it('knows the prefixes of its own subscribers, and finds those of the others by what they took', async () => {
    const machine = new Machine();
    const own = machine.connect(['tcs.'], 77);
    const [all, dome] = [machine.connect(['']), machine.connect(['dome', 'tcs.x'])];
    const level = machine.level({ own: () => new Map([[77, ['tcs.']]]) });
    await level.baseline();
    machine.sendMany(1000, [own, all]);
    machine.sendMany(70, [all, dome], Buffer.from('dome.shutter'));
    machine.sendMany(7, [own, all, dome], Buffer.from('tcs.x'));
    own.acked -= EVENT_BYTES;
    const { connections } = await level.final();
    assert.deepEqual(
      connections.map(({ pid, isOwn, prefixes, delivered }) => ({
        pid,
        isOwn,
        prefixes: prefixes?.toSorted(),
        delivered,
      })),
      [
        { pid: 77, isOwn: true, prefixes: ['tcs.'], delivered: 'some' },
        { pid: null, isOwn: false, prefixes: [''], delivered: 'all' },
        { pid: null, isOwn: false, prefixes: ['dome', 'tcs.x'], delivered: 'all' },
      ],
    );
  });

  it('remembers prefixes that were certain, and tells what one lost that falls behind later', async () => {
    const machine = new Machine();
    const peers = [machine.connect(['tcs']), machine.connect(['dome'])];
    const level = machine.level();
    await level.baseline();
    const dome = Buffer.from('dome');
    const send = (events: number, takers: Peer[]) => {
      machine.sendMany(events, takers.slice(0, 1));
      machine.sendMany(2 * events, takers.slice(1), dome);
    };
    send(4000, peers);
    await level.sample();
    machine.passes(250);
    await level.sample();
    send(100, []);
    const { connections } = await level.final();
    assert.deepEqual(
      connections.map(({ prefixes, lost }) => [prefixes, lost?.events.least]),
      [
        [['tcs'], 100],
        [['dome'], 200],
      ],
    );
  });

  it('says that it does not know whose prefixes are whose', async () => {
    const machine = new Machine();
    machine.connect(['tcs']);
    machine.connect(['dome']);
    const level = machine.level();
    await level.baseline();
    machine.sendMany(10, []);
    machine.sendMany(10, [], Buffer.from('dome'));
    for (const peer of machine.peers) peer.acked += 5;
    const { connections } = await level.final();
    for (const { delivered, reason } of connections) {
      assert.equal(delivered, 'unknown');
      assert.match(reason ?? '', /^which of the subscriptions are its own is not known/);
    }
  });

  it('takes no set of prefixes for granted where the publisher has subscribers elsewhere too', async () => {
    for (const others of [
      { addresses: [ADDRESS, 'ipc:///tmp/events'] },
      { connected: ['tcp://proxy:5555'] },
    ]) {
      const machine = new Machine();
      const peer = machine.connect(['tcs']);
      // A subscription that came over another connection.
      const elsewhere = machine.connect(['dome']);
      elsewhere.isSeen = false;
      const level = machine.level({ addresses: [ADDRESS, ...(others.connected ?? [])], ...others });
      await level.baseline();
      machine.sendMany(10, [peer]);
      machine.sendMany(20, [], Buffer.from('dome'));
      const [{ prefixes, delivered }] = (await level.final()).connections;
      assert.deepEqual([prefixes, delivered], [['tcs'], 'all']);
      machine.sendMany(1, []);
      assert.equal((await level.final()).connections[0].delivered, 'unknown');
    }
  });

  it('says of a connection that comes later, and of one that ends, that the figures are not exact', async () => {
    const machine = new Machine();
    const [first, leaving] = [machine.connect(['']), machine.connect([''])];
    const level = machine.level();
    await level.baseline();
    machine.sendMany(10, [first, leaving]);
    await level.sample();
    leaving.isThere = false;
    const late = machine.connect(['']);
    await level.sample();
    machine.sendMany(10, [first, late]);
    const { connections } = await level.final();
    assert.deepEqual(
      connections.map(({ since, ended, delivered, ackedBytes }) => [since, ended, delivered, ackedBytes]),
      [
        ['start', false, 'all', 20 * EVENT_BYTES],
        ['start', true, 'unknown', 10 * EVENT_BYTES],
        ['joined', false, 'unknown', 10 * EVENT_BYTES],
      ],
    );
  });

  it('takes a connection that counts anew for another one', async () => {
    const machine = new Machine();
    const peer = machine.connect(['']);
    const level = machine.level();
    await level.baseline();
    machine.sendMany(10, [peer]);
    await level.sample();
    peer.acked = 92;
    const { connections } = await level.sample();
    assert.deepEqual(
      connections.map(({ since, ended }) => [since, ended]),
      [
        ['start', true],
        ['joined', false],
      ],
    );
  });

  it('compares nothing while the system of an own subscriber has not acknowledged all', async () => {
    const machine = new Machine();
    const peer = machine.connect([''], 77);
    const level = machine.level({ own: () => new Map([[77, ['']]]) });
    await level.baseline();
    machine.sendMany(10, [peer]);
    peer.acked -= EVENT_BYTES;
    peer.sendQueueBytes = EVENT_BYTES;
    await level.sample();
    assert.equal(level.calibrate(77, 10), undefined);
    peer.acked += EVENT_BYTES;
    peer.sendQueueBytes = 0;
    await level.sample();
    assert.equal(level.calibrate(77, 10), true);
    assert.equal((await level.final()).knows, 'bytes');
  });

  it('checks its sums against what an own subscriber received, and gives them up where they do not fit', async () => {
    const machine = new Machine();
    const peers = [machine.connect([''], 77), machine.connect([''])];
    const level = machine.level({ own: () => new Map([[77, ['']]]) });
    await level.baseline();
    machine.sendMany(10, peers);
    await level.sample();
    assert.equal(level.calibrate(78, 10), undefined);
    assert.equal(level.calibrate(77, 10), true);
    assert.equal((await level.final()).knows, 'bytes');
    // One that it has not read yet.
    assert.equal(level.calibrate(77, 9), undefined);
    for (const peer of peers) peer.acked += 10;
    await level.sample();
    assert.equal(level.calibrate(77, 10), false);
    machine.passes(250);
    const { knows, why, connections } = await level.final();
    assert.equal(knows, 'backed-up');
    assert.match(why ?? '', /received 10 events, which take 3,180 bytes, and Linux counted 3,190$/);
    for (const { delivered, lagBytes, lost, backedUpShareOfRun } of connections) {
      assert.deepEqual([delivered, lagBytes, lost], ['unknown', null, null]);
      assert.notEqual(backedUpShareOfRun, null);
    }
  });

  it('tells queues only without the counters, and nothing on other systems', async () => {
    const machine = new Machine();
    machine.connect(['']).sendQueueBytes = 5;
    machine.hasCounters = false;
    const { knows, why, connections } = await machine.level().baseline();
    assert.equal(knows, 'queues');
    assert.match(why ?? '', /no ss of iproute2/);
    assert.equal(connections[0].sendQueueBytes, 5);
    assert.equal(connections[0].backedUpShare, null);

    machine.answers = false;
    const nothing = await machine.level().final();
    assert.equal(nothing.knows, 'nothing');
    assert.deepEqual(nothing.connections, []);
    const inproc = await machine.level({ addresses: ['inproc://a'] }).final();
    assert.match(inproc.why ?? '', /no address is one of TCP/);
  });

  it('names the process, and looks at its threads while it is backed up', async () => {
    const machine = new Machine();
    const peer = machine.connect([''], 77);
    const level = machine.level();
    await level.baseline();
    for (let i = 0; i < 4; i++) {
      machine.passes(250);
      peer.peerFullMs += 200;
      machine.runNs += 245e6;
      await level.sample();
    }
    const [{ pid, command, isOwn, gaveWay }] = (await level.final()).connections;
    assert.deepEqual({ pid, command, isOwn }, { pid: 77, command: 'gui.py', isOwn: false });
    assert.equal(gaveWay?.verdict, 'cpu-bound');
    assert.match(gaveWay?.evidence ?? '', /ran 98% of the time/);
  });

  it('looks at the threads of a process that does not read what its system has', async () => {
    const machine = new Machine();
    const peer = machine.connect([''], 77);
    const level = machine.level();
    await level.baseline();
    for (let i = 1; i <= 3; i++) {
      machine.passes(250);
      machine.sendMany(100, [peer]);
      peer.unread = 100 * EVENT_BYTES * i;
      await level.sample();
    }
    const [{ lagEvents, unreadEvents, backedUpShare, gaveWay }] = (await level.sample()).connections;
    assert.deepEqual(
      { lagEvents, unreadEvents, backedUpShare },
      { lagEvents: 0, unreadEvents: 300, backedUpShare: null },
    );
    assert.equal(gaveWay?.verdict, 'waiting');
    assert.match(gaveWay?.evidence ?? '', /while 95\.4 kB waited for it$/);
  });

  it('keeps its figures where one look fails, and proves nothing where the last one does', async () => {
    const machine = new Machine();
    const peer = machine.connect(['']);
    const level = machine.level();
    await level.baseline();
    machine.sendMany(10, [peer]);
    machine.answers = false;
    assert.equal((await level.sample()).knows, 'bytes');
    machine.answers = true;
    assert.equal((await level.final()).connections[0].delivered, 'all');
    machine.sendMany(10, []);
    machine.answers = false;
    const [{ delivered, reason }] = (await level.final()).connections;
    assert.equal(delivered, 'unknown');
    assert.match(reason ?? '', /no answer of ss/);
  });

  it('keeps a bounded number of connections that have ended', async () => {
    const machine = new Machine();
    const level = machine.level();
    machine.connect(['']);
    await level.baseline();
    for (let i = 0; i < 300; i++) {
      const peer = machine.connect(['']);
      await level.sample();
      peer.isThere = false;
    }
    const { connections, leftOut } = await level.final();
    assert.equal(connections.length, 201);
    assert.equal(leftOut, 100);
    assert.equal(connections[0].ended, false);
  });
});

/** A machine whose connections are made up, and a publisher that counts what it sends. */
class Machine {
  readonly peers: Peer[] = [];
  readonly sent = new SentBytes(false);
  hasCounters = true;
  answers = true;
  /** Of the only thread of each process. */
  runNs = 0;
  private _nowNs = 1e9;

  connect(prefixes: readonly string[], pid?: number): Peer {
    const peer = {
      pid,
      prefixes,
      acked: 92,
      received: 120,
      peerFullMs: 0,
      sendQueueBytes: 0,
      unread: 0,
      isThere: true,
      isSeen: true,
      port: 40_000 + this.peers.length,
    };
    this.peers.push(peer);
    return peer;
  }

  passes(timeMs: number): void {
    this._nowNs += timeMs * 1e6;
  }

  /** @returns what the event takes */
  send(payloadBytes: number, topic: Buffer = TOPIC): number {
    const before = this._bytes();
    this.sent.add(topic, payloadBytes);
    return this._bytes() - before;
  }

  /** Sends events of one size, which these peers take. */
  sendMany(events: number, takers: readonly Peer[], topic = TOPIC): void {
    for (let i = 0; i < events; i++) {
      const bytes = this.send(PAYLOAD_BYTES + TOPIC.length - topic.length, topic);
      for (const peer of takers) peer.acked += bytes;
    }
  }

  level(options: Partial<KernelLevelOptions> = {}): KernelLevel {
    return new KernelLevel({
      addresses: [ADDRESS],
      isEncrypted: false,
      sent: this.sent,
      highWaterMark: 0,
      subscriptions: () => this._subscriptions(),
      own: () => new Map(),
      clock: { nowNs: () => this._nowNs },
      reader: {
        connections: async () => (this.answers ? this._connections() : undefined),
        processes: async () => this._processes(),
        close: () => {},
      },
      readThreads: async () => this._threads(),
      ...options,
    });
  }

  private _bytes(): number {
    return [...this.sent.mark().values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  private _there(): Peer[] {
    return this.peers.filter(({ isThere }) => isThere);
  }

  private _subscriptions(): Map<string, number> {
    const subscriptions = new Map<string, number>();
    for (const prefix of this._there().flatMap(({ prefixes }) => prefixes))
      subscriptions.set(prefix, (subscriptions.get(prefix) ?? 0) + 1);
    return subscriptions;
  }

  private _connections(): TcpConnection[] {
    return this._there()
      .filter(({ isSeen }) => isSeen)
      .map(({ pid, acked, received, peerFullMs, sendQueueBytes, unread, port }) => ({
        local: '127.0.0.1:5556',
        peer: `127.0.0.1:${port}`,
        sendQueueBytes,
        receiveQueueBytes: 0,
        peerReceiveQueueBytes: pid === undefined ? null : unread,
        counters: this.hasCounters
          ? {
              ackedBytes: acked,
              receivedBytes: received,
              busyMs: peerFullMs,
              peerFullMs,
              retransmissions: 0,
              deliveryBitsPerS: 0,
            }
          : null,
      }));
  }

  private _processes(): Map<string, PeerProcess> {
    const known = this._there().flatMap(({ pid, port }) =>
      pid === undefined ? [] : [[`127.0.0.1:${port}`, pid] as const],
    );
    return new Map(
      known.map(([peer, pid]) => [
        connectionKey({ local: '127.0.0.1:5556', peer }),
        { pid, command: 'gui.py' },
      ]),
    );
  }

  private _threads(): ThreadTimes {
    return {
      atNs: this._nowNs,
      threads: new Map([['1', { runNs: this.runNs, waitNs: 0, state: 'R' }]]),
    };
  }
}
