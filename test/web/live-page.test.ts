/** The page of a relay of live publishers, and of mock events: what has no past has no buttons for it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import type { Overview } from '../../src/web/protocol.js';
import { EventStation } from '../support/event-station.js';
import { freePort } from '../support/free-port.js';
import { PageWindow, skipWithoutBrowser, startBrowser } from '../support/page-in-browser.js';
import { Receiver } from '../support/receiver.js';
import { until } from '../support/until.js';
import { WebVisitor } from '../support/web-visitor.js';

const TOPIC = 'tracker.position';
/** Names of buttons that go elsewhere in recorded time. */
const OF_THE_PAST = /^(Back|On|Forward|Go|Plot) |^(Earlier|Later|Closer|Wider|All)$/;

describe('the page of what is not recorded', { skip: skipWithoutBrowser() }, () => {
  let browser: Browser;
  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser?.close());

  const buttonsOf = ({ page }: PageWindow) =>
    page
      .locator('button')
      .evaluateAll((all) =>
        all.map((button) => button.getAttribute('aria-label') ?? button.textContent ?? ''),
      );

  it('of live publishers shows what comes and steps, and says what cannot be done', async (context) => {
    const station = await EventStation.open();
    context.after(() => station.close());
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const receiver = Receiver.connected(url);
    context.after(() => receiver.close());
    const visitor = await WebVisitor.open(context, { from: station.url, url, waitSubscribers: 1 });
    await station.subscriptions(1);
    const overview = await visitor.json<Overview>('/api/overview');
    assert.deepEqual([overview.plays, overview.sources.map(({ name }) => name)], ['live', [station.url]]);
    for (const path of [
      'dictionary',
      'strip?from=0&to=1&bins=1',
      'series?from=0&to=1&bins=1&topic=a&attribute=b',
    ])
      assert.match(
        (await visitor.ask(`/api/${path}`, { headers: { Cookie: visitor.cookie } })).text,
        /^Nothing is recorded of what is played: live publishers/,
      );

    const window = await PageWindow.open(context, browser, visitor.addresses.page);
    const { page } = window;
    await window.text('.banner', new RegExp(`${station.url}.*live`));
    await station.sendPayload(TOPIC, '{"n":1,"state":"on"}');
    await page.locator('.topics [role=row]', { hasText: TOPIC }).click();
    await window.text('.inspector tbody', /n1numberstate"?on/);
    await window.text('.timeline', /Nothing is recorded here.*tcs-replay record/);
    await window.text('.plots', /nothing is recorded here/);
    await window.text('.transport', /there is no other time to go to.*The publishers set the pace/);
    const buttons = await buttonsOf(window);
    assert.deepEqual(
      buttons.filter((name) => OF_THE_PAST.test(name) || /Slower|Faster/.test(name)),
      [],
    );

    // The keys of what cannot be done say so.
    await page.keyboard.press('ArrowRight');
    await window.text('.told [role=alert]', /Live publishers send what happens now/);
    await page.keyboard.press('+');
    await window.text('.told [role=alert]', /The publishers set the pace/);
    await page.keyboard.press('?');
    const keys = await window.text('dialog', /Keys/);
    assert.doesNotMatch(keys, /go to a time|faster|mark a range/);
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });

    await page.keyboard.press('Space');
    await window.text('.state', /paused/);
    for (const n of [2, 3]) await station.sendPayload(TOPIC, `{"n":${n}}`);
    await window.text('.run dl', /waiting\s*2 events/);
    await page.keyboard.press('.');
    await window.text('.told', /Sent tracker\.position/);
    await until(
      () => visitor.playback.status().sent,
      (sent) => sent === 2,
    );
    assert.deepEqual(window.complaints, []);
  });

  it('of mock events changes their speed, and goes nowhere', async (context) => {
    const visitor = await WebVisitor.open(context, {});
    const window = await PageWindow.open(context, browser, visitor.addresses.page);
    await window.text('.banner', /mock events/);
    await window.text('.transport', /Mock events were never recorded/);
    const buttons = await buttonsOf(window);
    assert.deepEqual(
      buttons.filter((name) => OF_THE_PAST.test(name) || name === 'Step to the next event of a topic'),
      [],
    );
    await window.page.getByRole('button', { name: 'Faster' }).click();
    await until(
      () => visitor.playback.status().speedup,
      (speedup) => speedup > 1,
    );
    assert.deepEqual(window.complaints, []);
  });
});
