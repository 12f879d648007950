import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { listen } from '../../src/listen.js';
import type { ReplayOptions } from '../../src/options/replay-options.js';
import { startReplay } from '../../src/replay.js';
import { writeEvenNight } from '../support/even-night.js';
import { freePort } from '../support/free-port.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';

const EVENTS = 60;

async function pausedReplay(context: TestContext, options: ReplayOptions = {}) {
  const folder = temporaryFolder(context);
  const night = join(folder, 'night.db');
  writeEvenNight(night, { events: EVENTS, ratePerS: 1000, fillBytes: 10, topics: ['a', 'b', 'c'] });
  const metrics = await freePort();
  const playback = startReplay({
    ...{
      databases: night,
      url: `ipc://${join(folder, 'events')}`,
      waitSetupS: 0,
      startPaused: true,
      metrics,
    },
    ...options,
  });
  context.after(() => playback.quit());
  /** The values of all metrics, once the server is there, by name and labels. */
  const scrape = async (port: number | string = metrics) => {
    const text = await until(
      () =>
        fetch(`http://127.0.0.1:${port}/metrics`).then(
          (response) => response.text(),
          () => '',
        ),
      (read) => read !== '',
    );
    return new Map(
      [...text.matchAll(/^(\w+(?:\{.*\})?) (\S+)$/gm)].map(([, name = '', value]) => [name, Number(value)]),
    );
  };
  return { playback, metrics, scrape };
}

describe('metrics of a replay', () => {
  it('follow it from its opening to its end, and end with it', async (context) => {
    const { playback, metrics, scrape } = await pausedReplay(context);
    const paused = await until(scrape, (values) => values.get('tcs_replay_state{state="paused"}') === 1);
    assert.equal(paused.get('tcs_replay_published_events_total'), 0);
    assert.equal(paused.get('tcs_replay_state{state="playing"}'), 0);
    assert.equal(paused.get('tcs_replay_read_ahead_limit_bytes'), 16 << 20);
    // Nothing has been taken yet but the batch of the first event.
    assert(paused.has('tcs_replay_read_ahead_bytes'));
    assert(!paused.has('tcs_replay_position_timestamp_seconds'), 'it is at no event yet');
    await playback.step(4);
    const stepped = await scrape();
    assert.equal(stepped.get('tcs_replay_published_events_total'), 4);
    assert.equal(stepped.get('tcs_replay_topic_events_total{topic="a"}'), 2);
    assert.equal(stepped.get('tcs_replay_topic_events_total{topic="b"}'), 1);
    assert.equal(stepped.get('tcs_replay_position_timestamp_seconds'), playback.status().positionS);
    assert(stepped.get('tcs_replay_published_bytes_total') === playback.status().bytes);
    playback.quit();
    await playback.outcome;
    await assert.rejects(fetch(`http://127.0.0.1:${metrics}/metrics`), 'the server has ended');
  });

  it('count late events by what is allowed, and those that were dropped apart', async (context) => {
    const { playback, scrape } = await pausedReplay(context, {
      lateAfterMs: 0,
      onLate: 'drop',
      loop: 2,
      loopDelayS: 1000,
    });
    await until(scrape, (values) => values.get('tcs_replay_state{state="paused"}') === 1);
    playback.resume();
    const passed = (values: Map<string, number>) =>
      (values.get('tcs_replay_published_events_total') ?? 0) +
      (values.get('tcs_replay_dropped_events_total') ?? 0);
    const played = await until(scrape, (values) => passed(values) === EVENTS);
    const ofTopic = (topic: string) => played.get(`tcs_replay_topic_events_total{topic="${topic}"}`) ?? 0;
    const published = played.get('tcs_replay_published_events_total');
    assert.equal(ofTopic('a') + ofTopic('b') + ofTopic('c'), published);
    assert.equal(played.get('tcs_replay_lateness_seconds_count'), published);
    assert.equal(played.get('tcs_replay_lateness_seconds_bucket{le="+Inf"}'), published);
  });

  it('that cannot be served end it with an error in the words of the library', async (context) => {
    const { metrics } = await pausedReplay(context);
    const { playback } = await pausedReplay(context, { metrics });
    await assert.rejects(playback.outcome, {
      code: 'ADDRESS_IN_USE',
      message: `Cannot serve metrics at 127.0.0.1:${metrics}: the address is in use; end the other program, or give another port`,
    });
    await assert.rejects(listen({ metrics, url: 'tcp://127.0.0.1:1' }).next(), { code: 'ADDRESS_IN_USE' });
    await assert.rejects(listen({ metrics: 'x' }).next(), {
      code: 'BAD_OPTION',
      message: /^Expected metrics to be a port/,
    });
  });

  it('on a port that the system chooses tell it', async (context) => {
    const notices: string[] = [];
    const { scrape } = await pausedReplay(context, {
      metrics: 0,
      onNotice: (notice) => notices.push(notice),
    });
    const [notice = ''] = await until(
      () => notices.filter((each) => each.startsWith('Metrics are at')),
      ({ length }) => length > 0,
    );
    const [, port = ''] = /:(\d+)\/metrics$/.exec(notice) ?? [];
    assert.equal((await scrape(port)).get('tcs_replay_seeks_total'), 0);
  });
});
