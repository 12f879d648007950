import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OwnSubscriber } from '../../src/loadtest/subscriber/own-subscriber.js';
import type { ServiceModel } from '../../src/loadtest/subscriber/service-model.js';
import { percentile } from '../../src/measure/histogram.js';
import { decodeHistogram } from '../../src/measure/histogram-text.js';
import { SimulatedTime } from '../support/simulated-time.js';

const MS_NS = 1e6;

/** What a subscriber reports when it has received events that came at these times, in milliseconds after its start. */
async function receive(service: ServiceModel, atMs: readonly number[]) {
  const time = new SimulatedTime();
  const plan = {
    ...{ name: 'gui', connect: [], curve: undefined, topics: [], service, seed: 1, highWaterMark: 0 },
    ...{ isLogged: false, reportIntervalMs: 250 },
  };
  const subscriber = new OwnSubscriber(plan, time, time);
  const beganNs = time.ns;
  async function* messages() {
    for (const ms of atMs) {
      time.ns = Math.max(time.ns, beganNs + ms * MS_NS);
      const wireUs = time.dayUs + (beganNs + ms * MS_NS) / 1000;
      yield [Buffer.from('a.b.c'), Buffer.from(`{"__wire_time":${(wireUs / 1e6).toFixed(6)}}`)];
    }
  }
  await subscriber.run(messages());
  const { latency, completion, received, serviceNs } = subscriber.report(true);
  const maxMs = (text: string | null) => text && Math.round(percentile(decodeHistogram(text), 100) / MS_NS);
  return {
    received,
    serviceMs: serviceNs / MS_NS,
    latencyMs: maxMs(latency),
    completionMs: maxMs(completion),
  };
}

describe('OwnSubscriber', () => {
  it('takes events in a stall, and is done with them when it goes on', async () => {
    const stall: ServiceModel = { kind: 'stall', lengthNs: 200 * MS_NS, periodNs: 1000 * MS_NS };
    assert.deepEqual(await receive(stall, [10, 500, 1050, 1300]), {
      ...{ received: 4, serviceMs: 150, latencyMs: 0, completionMs: 150 },
    });
  });

  it('takes no event in a stop', async () => {
    const stop: ServiceModel = { kind: 'stop', lengthNs: 200 * MS_NS, periodNs: 1000 * MS_NS };
    assert.deepEqual(await receive(stop, [10, 500, 1050, 1300]), {
      ...{ received: 4, serviceMs: 0, latencyMs: 150, completionMs: 150 },
    });
  });

  it('keeps those that come meanwhile waiting', async () => {
    const batch: ServiceModel = { kind: 'batch', events: 2, lengthNs: 100 * MS_NS };
    assert.deepEqual(await receive(batch, [0, 0, 0]), {
      ...{ received: 3, serviceMs: 100, latencyMs: 100, completionMs: 100 },
    });
  });
});
