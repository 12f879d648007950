/** The example of Open MCT: its plugin runs in a browser, on a page of another origin, with a stand-in for the part of Open MCT that it calls. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import type { Browser } from 'playwright-core';
import { generate } from '../../src/generate/generate.js';
import type { Point } from '../../src/web/protocol.js';
import { PageWindow, skipWithoutBrowser, startBrowser } from '../support/page-in-browser.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';
import { WebVisitor } from '../support/web-visitor.js';

const EXAMPLE = fileURLToPath(new URL('../../../docs/examples/openmct/', import.meta.url));
const PLUGIN = '/tcs-replay-plugin.js';
const TOPIC = 'tracker.position.demand';
const ATTRIBUTE = 'itf.x';

/** What of Open MCT 4 the plugin calls: it keeps what it is given, and `shown` plays the part of a plot. */
const STAND_IN = `
  import { connectReplay } from '${PLUGIN}';
  const standIn = (given) => ({
    types: { addType: (key, type) => given.types.push([key, type]) },
    objects: {
      addRoot: (identifier) => given.roots.push(identifier),
      addProvider: (namespace, provider) => { given.objects = provider; },
    },
    telemetry: { addProvider: (provider) => { given.telemetry = provider; } },
    time: { addClock: (clock) => { given.clock = clock; } },
    notifications: { alert: (text) => given.alerts.push(text) },
  });
  window.show = async (address) => {
    const given = { types: [], roots: [], alerts: [], live: [], ticks: [] };
    const replay = await connectReplay(address);
    replay.install(standIn(given));
    given.clock.on('tick', (nowMs) => given.ticks.push(nowMs));
    window.given = given;
    window.overview = replay.overview;
  };
  window.child = async (object, name) => {
    const all = await Promise.all(object.composition.map((identifier) => given.objects.get(identifier)));
    return all.find((each) => each.name === name);
  };
  window.point = async (topic, attribute) => {
    const root = await given.objects.get(given.roots[0]);
    return child(await child(root, topic), attribute);
  };
`;

interface Given {
  readonly alerts: string[];
  readonly live: Point[];
  readonly ticks: number[];
}

describe("the example's plugin of Open MCT", { skip: skipWithoutBrowser() }, () => {
  let browser: Browser;
  let site: Server;
  before(async () => {
    browser = await startBrowser();
    site = createServer(({ url }, response) => {
      const isPlugin = url === PLUGIN;
      response.setHeader('Content-Type', isPlugin ? 'text/javascript' : 'text/html');
      response.end(
        isPlugin
          ? readFileSync(join(EXAMPLE, PLUGIN))
          : `<!doctype html><link rel="icon" href="data:,"><script type="module">${STAND_IN}</script>`,
      );
    }).listen(0, '127.0.0.1');
    await once(site, 'listening');
  });
  after(async () => {
    await browser?.close();
    site.close();
  });

  it('has the topics, their history and what is played, and knows when the replay has ended', async (context) => {
    const night = join(temporaryFolder(context), 'night.db');
    await generate({ path: night, events: 2000, durationS: 600 });
    const visitor = await WebVisitor.open(
      context,
      { databases: night, startPaused: true, speedup: 100, convertNumber: true },
      { isView: true },
    );
    const { port } = site.address() as AddressInfo;
    const { page, complaints } = await PageWindow.open(context, browser, `http://localhost:${port}/`);
    const run = <T>(script: string) => page.evaluate(script) as Promise<T>;
    const given = () => run<Given>('({ alerts: given.alerts, live: given.live, ticks: given.ticks })');
    await page.waitForFunction('window.show !== undefined');
    await run(`show(${JSON.stringify(visitor.addresses.page)})`);

    const { firstS, lastS } = await run<{ firstS: number; lastS: number }>('overview');
    const names = await run<string[]>(
      'given.objects.get(given.roots[0]).then(async ({ composition }) => (await Promise.all(composition.map(given.objects.get))).map(({ name }) => name))',
    );
    const values = valuesOf(night, TOPIC, ATTRIBUTE);
    assert.deepEqual(names, topicsOf(night));
    const kinds = await run<string[]>(
      `Promise.all(['${ATTRIBUTE}', '__system'].map(async (name) => (await point('${TOPIC}', name)).telemetry.values[0].format))`,
    );
    assert.deepEqual(kinds, ['float', 'string']);

    // What Open MCT asks of a provider for a plot, and for a table of the latest values.
    const asked = (strategy: string, size: number) =>
      run<Point[]>(
        `point('${TOPIC}', '${ATTRIBUTE}').then((object) => given.telemetry.supportsRequest(object) && given.telemetry.request(object,
         { start: ${1000 * firstS - 1}, end: ${1000 * lastS + 1}, strategy: '${strategy}', size: ${size}, domain: 'utc' }))`,
      );
    const points = await asked('minmax', 200);
    assert(points.length > 20 && points.length <= 200, `${points.length}`);
    const extremes = (numbers: number[]) => [Math.min(...numbers), Math.max(...numbers)];
    assert.deepEqual(
      extremes(points.map(({ value }) => Number(value))),
      extremes(values.map(({ value }) => value)),
    );
    assert(points.every(({ timestamp }, i) => i === 0 || timestamp > points[i - 1].timestamp));
    const { dueS, value } = values[values.length - 1];
    assert.deepEqual(await asked('latest', 1), [{ timestamp: 1000 * dueS, value }]);

    await run(
      `point('${TOPIC}', '${ATTRIBUTE}').then((object) => { given.leave = given.telemetry.subscribe(object, (datum) => given.live.push(datum)); })`,
    );
    await until(
      async () => (await given()).ticks.length,
      (ticks) => ticks > 0,
    );
    visitor.playback.resume();
    const { live, ticks } = await until(given, ({ live }) => live.length > 3);
    const known = new Map(values.map(({ dueS, value }) => [1000 * dueS, value]));
    for (const { timestamp, value } of live) assert.equal(value, known.get(timestamp));
    assert((ticks.at(-1) as number) > (ticks[0] as number));
    await run('given.leave()');
    assert.deepEqual(complaints, []);

    visitor.playback.quit();
    await until(
      async () => (await given()).alerts,
      ([alert]) => /connection to tcs-replay is lost/.test(alert ?? ''),
    );
  });
});

function topicsOf(path: string): string[] {
  return rowsOf<[string]>(path, 'SELECT DISTINCT topic FROM event ORDER BY topic').map(([topic]) => topic);
}

function valuesOf(path: string, topic: string, attribute: string): { dueS: number; value: number }[] {
  return rowsOf<[string, string]>(
    path,
    `SELECT due.value, own.value FROM event JOIN attribute AS due USING (event_id) JOIN attribute AS own USING (event_id)
     WHERE topic = ? AND due.key = '__wire_time' AND own.key = ? ORDER BY CAST(due.value AS REAL)`,
    topic,
    attribute,
  ).map(([dueS, value]) => ({ dueS: Number(dueS), value: Number(value) }));
}

function rowsOf<T>(path: string, statement: string, ...parameters: unknown[]): T[] {
  const database = new Database(path, { readonly: true });
  try {
    return database
      .prepare(statement)
      .raw()
      .all(...parameters) as T[];
  } finally {
    database.close();
  }
}
