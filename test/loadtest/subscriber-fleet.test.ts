import assert from 'node:assert/strict';
import { after, describe, it, type TestContext } from 'node:test';
import {
  type FleetMember,
  type FleetOptions,
  SubscriberFleet,
} from '../../src/loadtest/subscriber/subscriber-fleet.js';
import { parseSubscriberSpecs } from '../../src/loadtest/subscriber/subscriber-spec.js';
import { EventStation } from '../support/event-station.js';
import { isAlive } from '../support/is-alive.js';
import { endAll, freePort } from '../support/peer.js';

/** It only bounds how long a failure takes. */
const LONG = { timeout: 60_000 };

describe('the subscribers of a load test together', { concurrency: 2 }, () => {
  after(endAll);

  it('are all there at the beginning, and end with their last reports', LONG, async (context) => {
    const { station, fleet } = await started(context, ['3', '1,name=gui,topics=dome.*']);
    assert.deepEqual(await station.subscriptions(4), ['', '', '', 'dome.']);
    assert.deepEqual(states(fleet), [
      'own-1 receiving',
      'own-2 receiving',
      'own-3 receiving',
      'gui receiving',
    ]);
    fleet.beginLoad();
    await station.sendMany(100);
    await station.sendMany(50, 'dome.x.y');
    while (receivedOf(fleet).join() !== '150,150,150,50') await fleet.requestReports();
    await fleet.end();
    await fleet.end();
    assert.deepEqual(
      fleet.members.map(({ lastReport }) => lastReport?.received),
      [150, 150, 150, 50],
    );
    assert.deepEqual(states(fleet), ['own-1 left', 'own-2 left', 'own-3 left', 'gui left']);
    assert.ok(pidsOf(fleet).every((pid) => !isAlive(pid)));
  });

  it('join and leave at their times', LONG, async (context) => {
    const seen: string[] = [];
    let hasLeft = () => {};
    const left = new Promise<void>((resolve) => {
      hasLeft = resolve;
    });
    const onState = ({ name, state }: FleetMember) => {
      seen.push(`${name} ${state}`);
      if (name === 'second' && state === 'left') hasLeft();
    };
    const { station, fleet } = await started(
      context,
      ['1,name=first', '1,name=second,join=0.1s,leave=0.2s', '1,name=never,join=1h'],
      { onState },
    );
    assert.deepEqual(await station.subscriptions(1), ['']);
    assert.deepEqual(states(fleet), ['first receiving', 'second waiting', 'never waiting']);
    fleet.beginLoad();
    await left;
    assert.equal(fleet.members[1]?.lastReport?.received, 0);
    await fleet.end();
    assert.deepEqual(
      seen.filter((state) => state.startsWith('second')),
      ['second starting', 'second receiving', 'second left'],
    );
    assert.deepEqual(states(fleet), ['first left', 'second left', 'never waiting']);
  });

  it('tell which one has ended by itself', LONG, async (context) => {
    let hasFailed = () => {};
    const failed = new Promise<void>((resolve) => {
      hasFailed = resolve;
    });
    const { fleet } = await started(context, ['2'], {
      onState: ({ state }) => state === 'failed' && hasFailed(),
    });
    process.kill(fleet.members[0]?.process?.pid as number, 'SIGKILL');
    await failed;
    assert.deepEqual(states(fleet), ['own-1 failed', 'own-2 receiving']);
    assert.equal(fleet.members[0]?.failure, 'SIGKILL ended it');
    await fleet.end();
    assert.deepEqual(states(fleet), ['own-1 failed', 'own-2 left']);
  });

  it('leave no process when they are cancelled, whenever that is', LONG, async (context) => {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const atStart = new AbortController();
    const pids: number[] = [];
    const cancelled = SubscriberFleet.start({
      ...{ specs: parseSubscriberSpecs(['6']), connect: [url], seed: 1, signal: atStart.signal },
      onState: ({ state }) =>
        state === 'starting' && setTimeout(() => atStart.abort(new Error('cancelled')), 50),
    });
    await assert.rejects(cancelled, { message: 'cancelled' });

    const later = new AbortController();
    const { fleet } = await started(context, ['2', '1,join=1h'], { signal: later.signal });
    fleet.beginLoad();
    pids.push(...pidsOf(fleet));
    assert.equal(pids.length, 3);
    later.abort();
    await Promise.all(fleet.members.map(({ process }) => process?.exited));
    assert.ok(pids.every((pid) => !isAlive(pid)));
    await fleet.end();
  });

  it('do not begin if one cannot connect', LONG, async () => {
    await assert.rejects(
      SubscriberFleet.start({ specs: parseSubscriberSpecs(['3']), connect: ['nowhere'], seed: 1 }),
      { code: 'WORKER_FAILED', message: /^The subscriber own-\d did not start: Cannot connect to nowhere/ },
    );
  });
});

async function started(context: TestContext, texts: string[], more: Partial<FleetOptions> = {}) {
  const station = await EventStation.open();
  context.after(() => station.close());
  const specs = parseSubscriberSpecs(texts);
  const fleet = await SubscriberFleet.start({ specs, connect: [station.url], seed: 1, ...more });
  context.after(() => fleet.kill());
  return { station, fleet };
}

function states(fleet: SubscriberFleet): string[] {
  return fleet.members.map(({ name, state }) => `${name} ${state}`);
}

function receivedOf(fleet: SubscriberFleet): (number | undefined)[] {
  return fleet.members.map(({ process }) => process?.latest?.received);
}

function pidsOf(fleet: SubscriberFleet): number[] {
  return fleet.members.flatMap(({ process }) => process?.pid ?? []);
}
