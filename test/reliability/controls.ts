import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { startReplay } from '../../src/index.js';
import { freePort } from '../support/peer.js';
import { eventOf, Receiver } from '../support/receiver.js';
import { makeNight } from './night.js';
import type { ReliabilityPromise } from './reliability-promise.js';

/** Pauses, steps and changes of speed, as fast as they can be given. */
export const CONTROLS: ReliabilityPromise = {
  name: 'controls',
  says: 'Pauses, steps and changes of speed lose, repeat and reorder nothing.',
  method: 'Random commands, at random moments, on a replay with a subscriber that compares each event.',
  async trial(random, folder) {
    const { path, events } = await makeNight(random, folder, 2000);
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const receiver = Receiver.connected(url);
    const playback = startReplay({
      ...{ databases: path, url, speedup: 60, times: 'original', workers: 1 },
      ...{ waitSetupS: 0, waitSubscribers: 1, waitTimeoutS: 120, startPaused: true },
    });
    const received = receiver.take(events.length);
    let isOver = false;
    let commands = 0;
    void playback.outcome.then(() => {
      isOver = true;
    });
    try {
      while (!isOver && commands < 200) {
        commands += 1;
        const command = random.below(4);
        if (command === 0) playback.pause();
        else if (command === 1) playback.resume();
        else if (command === 2) playback.changeSpeed(random.pick([1, 10, 60, 600, 'max'] as const));
        // At the end there is no next event.
        else await Promise.race([playback.step(), playback.outcome]);
        await delay(random.below(8));
      }
      playback.changeSpeed('max');
      playback.resume();
    } catch (error) {
      // The replay may end between a look and a command.
      assert.equal((error as { code?: string }).code, 'NOT_PLAYING');
    }
    const { sent } = await playback.outcome;
    const messages = await received;
    receiver.close();
    assert.equal(sent, events.length);
    for (const [i, { topic, payload }] of events.entries()) {
      const message = messages[i];
      assert.ok(message !== undefined);
      assert.deepEqual([message.topic, eventOf(message)], [topic, payload], `event ${i}`);
    }
    return { commands, deliveries: sent };
  },
};
