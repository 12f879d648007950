import '../support/own-cache.js';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Browser } from 'playwright-core';
import type { LoadTestOptions } from '../../src/loadtest/load-options.js';
import type { LoadReport } from '../../src/loadtest/load-report.js';
import { loadTest } from '../../src/loadtest/load-test.js';
import type { WebAddresses } from '../../src/options/replay-options.js';
import { writeEvenNight } from '../support/even-night.js';
import { PageWindow, skipWithoutBrowser, startBrowser } from '../support/page-in-browser.js';
import { freePort } from '../support/peer.js';
import { Receiver } from '../support/receiver.js';
import { until } from '../support/until.js';

const folder = mkdtempSync(join(tmpdir(), 'tcs-load-test-page-'));
const night = join(folder, 'night.db');
/** It has not ended when the test ends it. */
const LONG = '200:10m';

const OUTCOMES = { good: '✓ good', bad: '✗ bad', invalid: '? says nothing' } as const;

let browser: Browser;

describe('the page of a load test', { skip: skipWithoutBrowser() }, () => {
  before(async () => {
    writeEvenNight(night, { events: 3000, ratePerS: 1000, fillBytes: 10 });
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  it('shows stages and subscribers live, the same after a reload, takes no order but the end, and shows the verdict', async (context) => {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const { window, report, origin } = await open(context, {
      ...{ url, waitSubscribers: 1, title: 'does <b>it</b> keep up?' },
      ...{ stages: ['200:2s', LONG], subscribers: ['1,name=quick', '1,name=slow,service=sleep:20ms'] },
      failIf: ['slow: lag>20', 'duplicated>0'],
    });
    const { page } = window;
    await window.text('.load-bar', /begins when all subscribers are there/);
    await window.text('.stages tbody tr:last-child', /^2: 200\/s10m––$/);
    const yours = Receiver.connected(url);
    context.after(() => yours.close());
    await window.text('.state', /^load$/);
    await window.text('.subscribers tr', /^quickown count/);
    await window.text('.banner h1', /^does <b>it<\/b> keep up\?: night\.db$/);

    await window.text('.load-bar', /stage 2 of 2.*aimed at200\/s/);
    await window.text('.stages tbody tr:first-child', /^1: 200\/s2s\d+\/s, \d/);
    await window.text('.stages tbody tr.present', /^2: 200\/s/);
    const [name, , , received, , behind, atMost] = await until(
      () => page.locator('.subscribers tr', { hasText: 'slow' }).locator('th, td').allTextContents(),
      (cells) => Number(cells[6]?.replaceAll(',', '')) > 200 && cells[9] !== '–',
    );
    assert.equal(name.trim(), 'slow');
    assert.ok(Number(received.replaceAll(',', '')) > 0);
    assert.notEqual(behind, '–');
    assert.notEqual(atMost, '–');

    assert.equal(await page.getByRole('button', { name: /^(Play|Pause|Step|Faster)/ }).count(), 0);
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowRight');
    for (const request of [{ command: 'pause' }, { command: 'seek', to: '+0' }]) {
      const reply = await asked(window, '/api/request', request);
      assert.match(reply, /"LOAD_TEST","message":"A load test sets its pace itself: it does not take \w+,/);
    }
    const strip = await page.request.get(`${origin}/api/strip?from=0&to=1&bins=1`);
    assert.match(await strip.text(), /does not read its databases/);

    const points = async () => JSON.parse(await asked(window, '/api/history')).points as object[];
    const [first] = await points();
    await page.reload();
    await window.text('.subscribers tr', /^slowown count/);
    await window.text('.stages tbody tr:first-child', /^1: 200\/s2s\d+\/s, \d/);
    await until(
      () => page.locator('.run canvas').count(),
      (count) => count === 6,
    );
    assert.deepEqual((await points())[0], first);
    const tab = await window.tab(origin);
    await tab.text('.subscribers tr', /^slowown count/);
    await tab.text('.conditions tr', /^lag>20slownot judged yet/);

    await page.getByRole('button', { name: 'End…' }).click();
    await page.getByRole('button', { name: 'End it' }).click();
    const { verdict, endedBy, conditions } = await report;
    assert.deepEqual([verdict, endedBy], ['inconclusive', 'signal']);
    assert.equal(conditions.find(({ subscriber }) => subscriber === 'slow')?.outcome, 'missed');
    for (const each of [window, tab]) {
      await each.text('.verdict', /INCONCLUSIVE.*stopped before its end/);
      await each.text('.conditions tr', /^lag>20slow✗ missed/);
      await each.text('.connection', /load test has ended/);
      assert.deepEqual(each.complaints, []);
    }
  });

  it('shows the course of a search: trials, and their latency against the load', async (context) => {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const { window, report } = await open(context, {
      ...{ url, waitSubscribers: 1, subscribers: ['1,name=gui'] },
      ...{ sweep: '500..1k/2', warmUpS: 0, drainS: 1 },
    });
    await window.text('.search header', /500\/s to 1,000\/s in 2 steps/);
    const yours = Receiver.connected(url);
    context.after(() => yours.close());
    await window.text('.search .tried', /trial 2, sweep/);
    await window.text('.search tbody tr', /^1500\/ssweep/);
    const { verdict, search } = await report;
    await window.text('.search tbody tr:first-child', /^21,000\/ssweep/);
    await window.text('.verdict h2', new RegExp(`^${verdict}$`, 'i'));
    const trials = search?.sweep?.trials ?? [];
    assert.deepEqual(
      await window.page.locator('.search tbody .outcome').allTextContents(),
      trials.map(({ outcome }) => OUTCOMES[outcome]).reverse(),
    );
    // Of a trial whose worst subscriber is yours, the latency is not known.
    await until(
      () => window.page.locator('.knee circle').count(),
      (count) => count > 0,
    );
    assert.deepEqual(window.complaints, []);
  });
});

interface Opened {
  readonly window: PageWindow;
  readonly origin: string;
  readonly report: Promise<LoadReport>;
}

/** Starts a load test, which ends with the test, and opens its page. */
async function open(context: TestContext, options: LoadTestOptions): Promise<Opened> {
  const stop = new AbortController();
  let report: Promise<LoadReport> | undefined;
  const { page } = await new Promise<WebAddresses>((resolve, reject) => {
    const { signal } = stop;
    report = loadTest({ databases: night, web: true, ...options, signal, onWeb: resolve });
    report.catch(reject);
  });
  context.after(async () => {
    stop.abort();
    await report?.catch(() => {});
  });
  const window = await PageWindow.open(context, browser, page);
  return { window, origin: new URL(page).origin, report: report as Promise<LoadReport> };
}

/** What the server answers to the page. */
async function asked({ page }: PageWindow, path: string, body?: object): Promise<string> {
  const headers = { 'Content-Type': 'application/json' };
  const options = body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) };
  const script = `fetch(${JSON.stringify(path)}, ${JSON.stringify(options)}).then((answer) => answer.text())`;
  return String(await page.evaluate(script));
}
