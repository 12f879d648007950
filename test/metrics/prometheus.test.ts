import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { LoadReport } from '../../src/loadtest/load-report.js';
import type { ReplayOutcome } from '../../src/measure/outcome.js';
import { writeEvenNight } from '../support/even-night.js';
import { endAll, freePort, type RunningProgram, startCli } from '../support/peer.js';
import { type Answer, Prometheus, skipWithoutPrometheus } from '../support/prometheus.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const DOCS = fileURLToPath(new URL('../../../docs/', import.meta.url));
const PAGE = readFileSync(join(DOCS, 'metrics.md'), 'utf8');
const EVENTS = 1500;
const TOPICS = ['tcs.tracker.position', 'lrs2.hardware.status', 'hpf."odd"\\topic'];
/** Of windows that hold the whole test. */
const WINDOW = '10m';

after(endAll);

test('a real Prometheus', { skip: skipWithoutPrometheus() }, async (context) => {
  const folder = temporaryFolder(context);
  const night = join(folder, 'night.db');
  writeEvenNight(night, { events: EVENTS, ratePerS: 300, fillBytes: 200, topics: TOPICS });
  const [play, load, listen] = [await freePort(), await freePort(), await freePort()];
  const address = (port: number) => `127.0.0.1:${port}`;
  const url = `ipc://${join(folder, 'events')}`;
  const control = `ipc://${join(folder, 'control')}`;
  const prometheus = await Prometheus.start(context, {
    ...{ play: address(play), load: address(load), listen: address(listen) },
  });
  const listener = startCli(['listen', '--stats', '--json', '--metrics', address(listen), url]);
  // What a counter has gained is known if it was 0 at first.
  await prometheus.untilOne('tcs_replay_received_events_total{job="listen"}', (value) => value === 0);
  // After its first pass it waits, so that what it has counted can be scraped.
  const player = startCli([
    ...[night, '-u', url, '--metrics', String(play), '--wait-setup', '0', '--wait-subscribers', '1'],
    ...['--start-paused', '--control', control, '--loop', '2', '--loop-delay', '1000', '--json'],
  ]);
  await prometheus.untilOne('tcs_replay_state{job="play"} == 1');
  await prometheus.untilOne('tcs_replay_state{job="play", state="paused"} == 1');
  await startCli(['ctl', 'resume', '--url', control]).outcome;
  await prometheus.untilOne('tcs_replay_published_events_total{job="play"}', (value) => value === EVENTS);
  await prometheus.untilOne('tcs_replay_received_events_total{job="listen"}', (value) => value === EVENTS);
  // The slow one is behind when the load ends, and receives for some time after it.
  const tester = startCli([
    ...['loadtest', night, '-u', 'tcp://127.0.0.1:*', '--metrics', address(load), '--stage', '200:4s'],
    ...['--subscriber', '1,name=quick', '--subscriber', '1,name=slow,service=sleep:15ms', '--drain', '60s'],
    '--json',
  ]);
  await prometheus.untilOne('tcs_replay_load_stage');
  /** What each program served, by job. */
  const texts: Record<string, string> = {};
  for (const [job, port] of Object.entries({ play, load, listen }))
    texts[job] = await (await fetch(`http://${address(port)}/metrics`)).text();
  const report = JSON.parse((await tester.outcome).stdout) as LoadReport;
  // The last scrape after the load, while the slow one received: all else was sent and received by then.
  const lastTimeOf = async (relation: '<' | '>') => {
    const scrapes = `timestamp(tcs_replay_load_elapsed_seconds ${relation} tcs_replay_load_duration_seconds)`;
    return (await prometheus.untilOne(`max_over_time(${scrapes}[${WINDOW}:1s])`)).value;
  };
  const endS = await lastTimeOf('>');
  const outcome = JSON.parse(await stopped(player)) as ReplayOutcome;
  const received = JSON.parse(await stopped(listener)) as { readonly events: number; readonly bytes: number };

  const value = async (query: string): Promise<number> => {
    const answers = await prometheus.ask(query, endS);
    assert.equal(answers.length, 1, `${query}: ${JSON.stringify(answers)}`);
    return (answers[0] as Answer).value;
  };

  await context.test('has what the outcome of the replay has', async () => {
    assert.equal(outcome.endedBy, 'abort');
    const of = (name: string) => value(`tcs_replay_${name}{job="play"}`);
    assert.equal(await of('published_events_total'), outcome.sent);
    assert.equal(await of('published_bytes_total'), outcome.bytes);
    assert.equal(await of('lateness_seconds_count'), outcome.sent);
    assert.equal(await of('passes_total'), 1);
    assert.equal(await of('subscribers'), outcome.subscribers.most);
    assert.equal(await of('speed_ratio'), 1);
    assert.equal(await of('recording_start_timestamp_seconds'), outcome.recordedFromS);
    assert.equal(await of('position_timestamp_seconds'), outcome.recordedToS);
    assert.equal(await of('read_ahead_limit_bytes'), 16 << 20);
    for (const [cause, figure] of [
      ['read_ahead', outcome.stalls.readAhead],
      ['event_loop', outcome.stalls.eventLoop],
      ['send', outcome.stalls.send],
    ] as const) {
      assert.equal(await value(`tcs_replay_stalls_total{job="play", cause="${cause}"}`), figure.count);
      assert.equal(
        await value(`tcs_replay_stall_seconds_total{job="play", cause="${cause}"}`),
        figure.totalS,
      );
    }
    const meanUs = (1e6 * (await value('tcs_replay_lateness_seconds_sum{job="play"}'))) / outcome.sent;
    assert(Math.abs(meanUs / (outcome.lateness?.meanUs ?? 0) - 1) < 0.001, `${meanUs} µs`);
    const topics = await prometheus.ask('tcs_replay_topic_events_total{job="play"}', endS);
    assert.deepEqual(
      Object.fromEntries(topics.map(({ labels, value }) => [labels.topic, value])),
      Object.fromEntries(TOPICS.map((topic) => [topic, EVENTS / TOPICS.length])),
    );
  });

  await context.test('has what listen has received', async () => {
    assert.equal(await value('tcs_replay_received_events_total'), received.events);
    assert.equal(await value('tcs_replay_received_bytes_total'), received.bytes);
    assert.equal(await value('tcs_replay_latency_seconds_count'), EVENTS);
    assert.equal(await value('sum(tcs_replay_received_topic_events_total)'), EVENTS);
  });

  await context.test('has what the report of the load test has', async () => {
    assert.equal(await value('tcs_replay_published_events_total{job="load"}'), report.load.sent);
    assert.equal(await value('tcs_replay_load_stages'), 1);
    assert.equal(await value('tcs_replay_load_duration_seconds'), 4);
    const intended = await value(`max_over_time(tcs_replay_load_intended_events_per_second[${WINDOW}])`);
    assert.equal(intended, 200);
    for (const { name, kind, received, mostLag, latency } of report.subscribers) {
      const of = (metric: string, window = '') =>
        `tcs_replay_subscriber_${metric}{subscriber="${name}", kind="${kind}"}${window}`;
      const seen = await value(of('received_events_total'));
      // The slow one goes on to receive.
      if (name === 'slow') assert(seen <= (received ?? 0) && seen > 0, `${seen} of ${received}`);
      else {
        assert.equal(seen, received, name);
        assert.equal(await value(of('latency_seconds_count')), received, name);
        assert(latency !== null);
      }
      const lag = await value(`max_over_time(${of('lag_events', `[${WINDOW}]`)})`);
      assert(lag <= (mostLag ?? 0), `${name} ${lag} of ${mostLag}`);
      if (name === 'slow') assert(lag > 100, String(lag));
    }
  });

  await context.test('answers each query of the dashboard', async () => {
    const dashboard = JSON.parse(readFileSync(join(DOCS, 'grafana-dashboard.json'), 'utf8')) as Dashboard;
    const ids = dashboard.panels.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length, 'each panel has an id of its own');
    const queries = dashboard.panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({ title, query: inGrafana(expr) })),
    );
    assert(queries.length > 30);
    for (const { title, query } of queries) {
      const answers = await prometheus.ask(query, endS);
      assert(answers.length > 0, `${title}: ${query} has no answer`);
      for (const { value } of answers) assert(Number.isFinite(value), `${title}: ${query} is ${value}`);
    }
    const rateOf = (metric: string) =>
      value(inGrafana(`sum(rate(${metric}{instance=~"$instance"}[$__rate_interval]))`));
    assert((await rateOf('tcs_replay_received_events_total')) > 0);
  });

  await context.test('takes the alerts, and the scraping, of the docs', async () => {
    const [scraping = '', alerts = ''] = [...PAGE.matchAll(/^```yaml\n(.*?)^```$/gms)].map(
      ([, text]) => text,
    );
    for (const [check, text] of [
      ['config', scraping],
      ['rules', alerts],
    ] as const) {
      const file = join(folder, `${check}.yml`);
      writeFileSync(file, text);
      const { status, stdout, stderr } = spawnSync('promtool', ['check', check, file], { encoding: 'utf8' });
      assert.equal(status, 0, stdout + stderr);
    }
    const expressions = [...alerts.matchAll(/expr: (?:>\n((?: {10,}.*\n)+)|(.*)\n)/g)].map(
      ([, folded, plain]) => folded ?? plain ?? '',
    );
    assert.equal(expressions.length, alerts.match(/alert:/g)?.length);
    for (const expression of expressions) await prometheus.ask(expression, endS);
    const [, behind = ''] = /alert: SubscriberFallsBehind\n\s+expr: (.*)\n/.exec(alerts) ?? [];
    const lagging = await prometheus.ask(behind, await lastTimeOf('<'));
    // On a busy machine others can be behind for a moment, too.
    assert(
      lagging.some(({ labels }) => labels.subscriber === 'slow'),
      JSON.stringify(lagging),
    );
  });

  await context.test('finds nothing to mend in the metrics, each of which the docs name', () => {
    for (const [job, text] of Object.entries(texts)) {
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
        input: text,
        encoding: 'utf8',
      });
      assert.equal(status, 0, `${job}: ${stdout}${stderr}`);
    }
    const served = new Set(Object.values(texts).flatMap((text) => namesIn(text)));
    const named = [...PAGE.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map(([, name, type]) => `${name} ${type}`);
    assert.deepEqual([...served].sort(), named.sort());
  });
});

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}

/** A query as Grafana sends it, with all instances. */
function inGrafana(expression: string): string {
  return expression.replaceAll('$__rate_interval', WINDOW).replaceAll('$instance', '.*');
}

/** `name type` of each metric. */
function namesIn(text: string): string[] {
  return [...text.matchAll(/^# TYPE (\w+ \w+)$/gm)].map(([, name = '']) => name);
}

/** Stops a program as Ctrl-C does. @returns what it printed */
async function stopped(program: RunningProgram): Promise<string> {
  program.kill('SIGINT');
  return (await program.outcome).stdout;
}
