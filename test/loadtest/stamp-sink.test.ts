import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { StampSink } from '../../src/loadtest/stamp-sink.js';
import { readStamp, stampText } from '../../src/shared/send-stamp.js';
import { type Part, Publisher } from '../../src/zmq/publisher.js';
import { endAll, freePort, startCli } from '../support/peer.js';

const [EVENTS, LEFT_OUT] = [1000, [10, 11, 500]];
const LONG = { timeoutMs: 60_000 };

describe('a stamp', () => {
  after(endAll);

  it('is read as it was written', () => {
    fc.assert(
      fc.property(
        fc.record({ sentUs: fc.integer({ min: 0, max: 4e15 }), number: fc.integer({ min: 1, max: 1e14 }) }),
        (stamp) => assert.deepEqual(readStamp(Buffer.from(stampText(stamp))), { ...stamp }),
      ),
    );
    assert.equal(stampText({ sentUs: 1_521_854_100_000_042, number: 7 }), '1521854100.000042 7');
  });

  it('is no other frame', () => {
    for (const frame of [
      '',
      '1521854100.25 7',
      '1521854100.250000 7 ',
      'x'.repeat(1000),
      '1521854100.250000 -7',
    ])
      assert.equal(readStamp(Buffer.from(frame)), undefined);
  });

  it('is given to what was sent, and not to what was refused', async () => {
    const frames: string[] = [];
    let tries = 0;
    const next = {
      send: async (parts: Part[]) => {
        tries += 1;
        if (tries % 2 === 1) return false;
        frames.push(String(parts[2]).split(' ')[1] as string);
        return true;
      },
    };
    const sink = new StampSink(next);
    for (let i = 0; i < 6; i++) await sink.send(['topic', 'payload']);
    assert.deepEqual(frames, ['1', '2', '3']);
  });

  it('tells listen --stats what was lost', async () => {
    const publisher = await Publisher.open({
      ...{ bind: [`tcp://127.0.0.1:${await freePort()}`], connect: [] },
      ...{ highWaterMark: 0, lingerMs: LONG.timeoutMs },
    });
    const all = startCli([
      'listen',
      ...publisher.addresses,
      '--stats',
      '--json',
      '--count',
      `${EVENTS - LEFT_OUT.length}`,
    ]);
    const some = startCli(['listen', ...publisher.addresses, '--stats', '-t', 'a.*', '--count', '10']);
    const text = startCli([
      'listen',
      ...publisher.addresses,
      '--stats',
      '--count',
      `${EVENTS - LEFT_OUT.length}`,
    ]);
    assert.ok(await publisher.waitForSubscribers(3, LONG));
    const sink = new StampSink({
      send: (parts) =>
        LEFT_OUT.includes(Number(String(parts[2]).split(' ')[1])) ? undefined : publisher.send(parts),
    });
    for (let i = 0; i < EVENTS; i++) {
      sink.send([i % 2 === 0 ? 'a.b' : 'c.d', '{}']);
      if (i % 100 === 0) await turn();
    }
    const { stamped } = JSON.parse((await all.outcome).stdout);
    assert.deepEqual(stamped, { stamped: EVENTS - 3, lost: 3, gaps: 2, outOfOrder: 0, restarts: 0 });
    const line = '  lost        3 events in 2 gaps, between the first and the last stamped event\n';
    assert.ok((await text.outcome).stdout.includes(line), (await text.outcome).stdout);
    assert.doesNotMatch((await some.outcome).stdout, /lost/);
    await publisher.close();
  });
});
