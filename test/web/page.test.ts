import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { generate } from '../../src/generate/generate.js';
import type { ReplayOptions } from '../../src/options/replay-options.js';
import { writeEvenNight } from '../support/even-night.js';
import { UNREADABLE } from '../support/html-page.js';
import { writeOddNight } from '../support/odd-night.js';
import {
  PageWindow,
  skipWithoutBrowser,
  startBrowser,
  type WindowOptions,
} from '../support/page-in-browser.js';
import { Receiver } from '../support/receiver.js';
import { writeEvents } from '../support/stored-event.js';
import { until } from '../support/until.js';
import { WebVisitor } from '../support/web-visitor.js';

const EVENTS = 6000;
const NIGHT_S = 1200;
const LARGEST_PAGE_BYTES = 100_000;
const START_S = 1_521_854_100;

const folder = mkdtempSync(join(tmpdir(), 'tcs-page-'));
const night = join(folder, 'night.db');
const hostile = join(folder, 'hostile.db');
const PAUSED = { databases: night, startPaused: true };
/** Something comes all the time, and longer than any look at it takes. */
const SHOWN = { databases: night, workers: 2, speedup: 4, prime: true, convertNumber: true };

const HOSTILE_TOPICS = [
  '<img src=x onerror="window.isHacked=1">',
  '"><script>window.isHacked=1</script>',
  'a.\u202Eevil\u0007\n.b',
  `long.${'x'.repeat(3000)}`,
  '__proto__',
  'javascript:window.isHacked=1',
];
const HOSTILE_VALUE = '</td><svg onload="window.isHacked=1">\u202E{{7*7}}';

let browser: Browser;

describe('the page', { skip: skipWithoutBrowser() }, () => {
  before(async () => {
    await generate({ path: night, events: EVENTS, durationS: NIGHT_S });
    writeHostileNight(hostile);
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  it('has less than 100 kB compressed, and nothing in it that its policy forbids', () => {
    const built = fileURLToPath(new URL('../../web/', import.meta.url));
    const files = readdirSync(built).sort();
    assert.deepEqual(files, ['app.css', 'app.js', 'index.html']);
    const bytes = files.map((file) => gzipSync(readFileSync(join(built, file))).length);
    assert.ok(bytes.reduce((a, b) => a + b) < LARGEST_PAGE_BYTES, `${bytes}`);
    const markup = readFileSync(join(built, 'index.html'), 'utf8');
    assert.doesNotMatch(markup, /<script(?![^>]*src="\/app\.js")|<style|style=|\son\w+=/i);
    assert.doesNotMatch(
      readFileSync(join(built, 'app.js'), 'utf8'),
      /\beval\(|new Function\(|sourceMappingURL/,
    );
  });

  it('says what is missing where it is opened without the token', async (context) => {
    const visitor = await WebVisitor.open(context, PAUSED);
    const window = await PageWindow.open(context, browser, `${visitor.origin}/`);
    await window.text('[role=alert]', /ends in a token/);
    assert.equal(await window.page.locator('.timeline').count(), 0);
  });

  it('shows the topics, the activity, a payload, plots and how it runs, and reads nothing aloud with each event', async (context) => {
    const { window } = await open(context, SHOWN);
    const { page } = window;
    await window.text('.state', /playing/);
    await window.text('.topics header', /^Topics\d\d/);
    await window.text('.timeline .readout', /, 20m/);
    await until(
      () => inkOf(window, '.strip canvas.head'),
      (ink) => ink > 2000,
    );
    await until(
      () => inkOf(window, '.strip canvas.sticky'),
      (ink) => ink > 2000,
    );
    await plotOne(window);
    await until(
      () => inkOf(window, '.plot canvas'),
      (ink) => ink > 200,
    );
    await window.text('.plot .readout', /\d/);
    await until(
      () => page.locator('.run canvas').count(),
      (count) => count === 4,
    );
    await window.text('.run dl', /rate[\d,]+\/s/);

    // All that takes keys has a name, and nothing moves by itself.
    await page.locator('#filter').fill('tracker position');
    assert.match(await page.title(), /^night\.db – /);
    const nameless =
      await page.evaluate(`[...document.querySelectorAll('button, input, select, [tabindex="0"]')]
      .filter((each) => !(each.ariaLabel || each.title || each.textContent.trim() || each.labels?.length > 0))
      .map((each) => each.outerHTML)`);
    assert.deepEqual(nameless, []);
    const tree = await page.locator('body').ariaSnapshot();
    for (const part of [
      /^- banner:\n/m,
      /^- main:\n/m,
      /region "Transport":/,
      /group "Play":/,
      /combobox "Speed"/,
      /region "Timeline":/,
      /slider "Playhead: /,
      /img "Events of each topic over time"/,
      /grid "Topics":/,
      /columnheader "sent"/,
      /row "tracker\.position\.demand .*" \[selected\]/,
      /region "Last payload":/,
      /button "Plot [^"]+" \[pressed\]/,
      /figure "Plot of /,
      /figure "Lateness"/,
    ])
      assert.match(tree, part);
    const told = await page.evaluate(`[...document.querySelectorAll('output')].map((each) => each.ariaLive)`);
    assert.deepEqual(told, ['off', 'off']);
    assert.equal(await page.evaluate('document.getAnimations().length'), 0);
    assertContent(window);
  });

  it('drives the replay: what is ordered comes out at a subscriber', async (context) => {
    const { visitor, window } = await open(context, { ...PAUSED, url: 'tcp://127.0.0.1:*' });
    const { page } = window;
    const [url] = await until(
      () => visitor.playback.status().addresses,
      (addresses) => addresses.length > 0,
    );
    const receiver = Receiver.connected(url);
    context.after(() => receiver.close());
    await until(
      () => visitor.playback.status().subscribers,
      (count) => count === 1,
    );
    await window.text('.state', /paused/);
    await page.keyboard.press('.');
    const first = await receiver.next();
    await window.text('.told', new RegExp(`^Sent ${escaped(first.topic)}`));
    await page.getByRole('button', { name: 'Step: one event' }).click();
    await receiver.next();
    assert.equal(visitor.playback.status().sent, 2);

    await page.keyboard.press('n');
    const dialog = page.getByRole('dialog');
    await dialog.locator('input').fill('no.such.topic');
    await page.keyboard.press('Enter');
    await window.text('dialog [role=alert]', /no\.such\.topic/);
    await dialog.locator('input').fill('tracker.*');
    await page.keyboard.press('Enter');
    await window.text('.told', /tracker\.\* at /);
    assert.equal(await page.getByRole('dialog').count(), 0);
    await page.keyboard.press('.');
    assert.match((await receiver.next()).topic, /^tracker\./);

    await page.getByRole('combobox', { name: 'Speed', exact: true }).selectOption('max');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Play', exact: true }).click();
    await window.text('.connection', /has ended/);
    assert.equal((await visitor.playback.outcome).endedBy, 'end');
    assertContentToTheEnd(window);
  });

  it('goes to times in both clocks, by distances, and to where the timeline is clicked; the token is not in its address, and it asks only its server', async (context) => {
    const { visitor, window } = await open(context, PAUSED);
    const { page } = window;
    await window.text('.state', /paused/);
    assert.equal(page.url(), `${visitor.origin}/`);
    const { firstS } = visitor.playback.status();
    const position = () => visitor.playback.status().positionS;
    const goTo = async (time: string) => {
      await page.keyboard.press('t');
      await page.getByRole('dialog').locator('input').fill(time);
      await page.keyboard.press('Enter');
      await until(
        () => page.getByRole('dialog').count(),
        (count) => count === 0,
      );
    };
    const utc = new Date((firstS + 600) * 1000).toISOString().slice(0, 19);
    await page.keyboard.press('u');
    await window.text('.clock', /^UTC$/);
    await goTo(utc.replace('T', ' '));
    await until(position, (timeS) => Math.abs(timeS - firstS - 600) < 5);
    await goTo('+5m');
    await until(position, (timeS) => Math.abs(timeS - firstS - 300) < 5);
    await goTo(utc.slice(11));
    await until(position, (timeS) => Math.abs(timeS - firstS - 600) < 5);
    await page.keyboard.press('u');
    await window.text('.clock', /Chicago/);
    const wall = new Date((firstS + 300) * 1000).toLocaleTimeString('en-GB', { timeZone: 'America/Chicago' });
    await goTo(wall);
    await until(position, (timeS) => Math.abs(timeS - firstS - 300) < 5);
    const before = position();
    await page.keyboard.press('ArrowUp');
    await until(position, (timeS) => Math.abs(timeS - before - 60) < 5);

    const strip = (await page.locator('.strip').boundingBox())!;
    await page.mouse.click(strip.x + strip.width - 4, strip.y + 30);
    await until(position, (timeS) => timeS > firstS + NIGHT_S * 0.95);
    assert.deepEqual(
      window.requests.filter((url) => !url.startsWith(visitor.origin) && !url.startsWith('data:')),
      [],
    );
    assertContent(window);
  });

  it('marks a range: as a command, as an export, closer, in a loop', async (context) => {
    const { visitor, window } = await open(context, { databases: night, startPaused: true, speedup: 200 });
    const { page } = window;
    await window.text('.state', /paused/);
    await window.text('.timeline .readout', /, 20m/);
    const strip = (await page.locator('.strip').boundingBox())!;
    const [y, from, to] = [strip.y + 30, strip.x + strip.width * 0.4, strip.x + strip.width * 0.6];
    await page.mouse.move(from, y);
    await page.mouse.down();
    await page.mouse.move(to, y, { steps: 5 });
    await page.mouse.up();
    assert.equal(visitor.playback.status().sent, 0);
    await page.getByRole('button', { name: 'Copy command' }).click();
    await window.text('.told', /^Copied: tcs-replay /);
    const copied = await page.evaluate('navigator.clipboard.readText()');
    assert.match(
      String(copied),
      new RegExp(`^tcs-replay ${escaped(night)} --start \\S+Z --end \\S+Z -s 200$`),
    );
    await page.getByRole('button', { name: 'Copy export' }).click();
    await window.text('.told', /^Copied: tcs-replay convert /);
    await page.getByRole('button', { name: 'Zoom' }).click();
    await window.text('.timeline .readout', /, [45]m/);
    await page.keyboard.press('l');
    await page.keyboard.press('Space');
    const passes = { before: 0, jumps: 0 };
    await until(
      () => {
        const { positionS } = visitor.playback.status();
        if (positionS < passes.before) passes.jumps += 1;
        passes.before = positionS;
        return passes.jumps;
      },
      (jumps) => jumps >= 2,
    );
    await page.keyboard.press('Escape');
    await window.text('.range', /A drag marks a range/);
    assertContent(window);
  });

  it('is worked by keys alone', async (context) => {
    const { visitor, window } = await open(context, PAUSED);
    const { page } = window;
    await window.text('.state', /paused/);
    await window.text('.topics header', /\d\d/);
    // There, each topic has been.
    await page.keyboard.press('PageUp');
    await until(
      () => visitor.playback.status().positionS,
      (timeS) => timeS > visitor.playback.status().firstS + 300,
    );
    await page.keyboard.press('?');
    await window.text('dialog', /pause, go on/);
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'hidden' });
    await page.keyboard.press('/');
    await page.keyboard.type('tracker position');
    await window.text('.topics [role=status]', /of \d\d/);
    // Keys are typed there, and drive nothing.
    assert.equal(visitor.playback.status().state, 'paused');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.getAttribute("role")'), 'grid');
    assert.notEqual(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle'), 'none');
    await page.keyboard.press('ArrowDown');
    await window.text('.inspector .subject', /tracker\.position/);
    await window.text('.inspector tbody tr', /__data_time/);
    await page.keyboard.press('Tab');
    const focus = () =>
      page.evaluate(
        'document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent',
      );
    for (let i = 0; i < 30 && !String(await focus()).startsWith('Plot '); i++)
      await page.keyboard.press('Tab');
    assert.match(String(await focus()), /^Plot /);
    await page.keyboard.press('Enter');
    await until(
      () => page.locator('.plot').count(),
      (count) => count === 1,
    );
    await page.keyboard.press('q');
    await window.text('dialog', /End the replay\?/);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.equal((await visitor.playback.outcome).endedBy, 'quit');
    assertContentToTheEnd(window);
  });

  it('shows hostile topics, attributes and values as the texts that they are', async (context) => {
    const { window } = await open(context, { databases: hostile, startPaused: true, prime: true });
    const { page } = window;
    await window.text('.topics header', new RegExp(`${HOSTILE_TOPICS.length}`));
    await page.keyboard.press('End');
    const shown = await page.locator('.table .all .name').allTextContents();
    for (const topic of [HOSTILE_TOPICS[0], HOSTILE_TOPICS[1], '__proto__'])
      assert.ok(shown.includes(topic), topic);
    assert.ok(shown.includes('a.\\u202eevil\\u0007\\n.b'));
    for (const topic of HOSTILE_TOPICS) {
      await page
        .locator('.table .all .row')
        .nth(shown.indexOf(plainOf(topic)))
        .click();
      await window.text('.inspector .value', /svg onload=/);
      await page.locator('.inspector tbody button').first().click();
    }
    await until(
      () => page.locator('.plot').count(),
      (count) => count > 3,
    );
    assert.equal(await page.evaluate('window.isHacked'), undefined);
    assert.equal(await page.locator('svg:not(.icon), img').count(), 0);
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 1400);
    assertContent(window);
  });

  it('shows a night of all oddities', async (context) => {
    const odd = join(folder, 'odd.db');
    writeOddNight(odd);
    const { visitor, window } = await open(context, { databases: odd, startPaused: true });
    const { page } = window;
    await window.text('.state', /paused/);
    for (let i = 0; i < 20; i++) await page.keyboard.press('.');
    await until(
      () => visitor.playback.status().sent,
      (sent) => sent === 20,
    );
    await page.locator('.table .all .row').first().click();
    await window.text('.inspector', /Copy JSON|nothing sent yet/);
    assertContent(window);
  });

  it('shows the same in seven tabs, and in all of them what one has ordered', async (context) => {
    const { visitor, window } = await open(context, PAUSED);
    await window.text('.state', /paused/);
    const tabs = [window];
    while (tabs.length < 7) tabs.push(await window.tab(`${visitor.origin}/`));
    for (const tab of tabs) await tab.text('.state', /paused/);
    await tabs[6].page.bringToFront();
    await tabs[6].page.keyboard.press('Space');
    for (const tab of tabs) await tab.text('.state', /playing/);
    for (const tab of tabs) assertContent(tab);
  });

  it('shows the same past after a reload, and what was chosen before', async (context) => {
    const { window } = await open(context, SHOWN);
    const { page } = window;
    await plotOne(window);
    const history = () => page.evaluate(`fetch('/api/history').then((answer) => answer.json())`);
    const points = async () => ((await history()) as { points: { atMs: number }[] }).points;
    await until(points, ({ length }) => length >= 2);
    await until(
      () => page.locator('.run canvas').count(),
      (count) => count === 4,
    );
    const [before] = await points();
    await page.reload();
    await window.text('.inspector .subject', /tracker\.position\.demand/);
    await until(
      () => page.locator('.plot canvas').count(),
      (count) => count === 1,
    );
    await until(
      () => page.locator('.run canvas').count(),
      (count) => count === 4,
    );
    assert.deepEqual((await points())[0], before);
    assertContent(window);
  });

  it('says that the connection is lost, and comes back', async (context) => {
    const visitor = await WebVisitor.open(context, PAUSED);
    const window = await PageWindow.open(context, browser, 'about:blank');
    const { page } = window;
    const cuts: (() => Promise<void>)[] = [];
    let isDown = false;
    await page.routeWebSocket('**/ws', async (socket) => {
      if (isDown && !(await page.evaluate('window.isAsked'))) return socket.close();
      socket.connectToServer();
      cuts.push(() => socket.close());
    });
    await page.goto(visitor.addresses.page);
    await window.text('.state', /paused/);
    isDown = true;
    for (const cut of cuts) await cut();
    await window.text('.connection', /connection is lost/);
    await page.keyboard.press('Space');
    await window.text('.told .error', /nothing was done/);
    assert.equal(visitor.playback.status().state, 'paused');
    // It is back for the one who asks: the page tries by itself as well, at any time.
    await page.evaluate(`addEventListener('click', ({ target }) => {
      if (target.textContent === 'Try now') window.isAsked = true;
    }, true)`);
    await page.getByRole('button', { name: 'Try now' }).click();
    await until(
      () => page.locator('.connection.lost').count(),
      (count) => count === 0,
    );
    await page.keyboard.press('Space');
    await window.text('.state', /playing/);
    assertContent(window);
  });

  it('does not freeze with ten thousand topics', async (context) => {
    const path = join(folder, 'many.db');
    const topics = Array.from({ length: 10_000 }, (_, i) => `many.topic.number.${`${i}`.padStart(5, '0')}`);
    writeEvenNight(path, { events: 10_000, ratePerS: 1000, fillBytes: 4, topics });
    const { window } = await open(context, { databases: path, startPaused: true, prime: true });
    const { page } = window;
    await window.text('.topics [role=status]', /^10,000$/);
    assert.ok((await page.locator('.table .all .row').count()) < 60);
    await page.locator('.table').focus();
    await page.keyboard.press('End');
    await window.text('.table .all .row[aria-selected=true]', /many\.topic\.number\.09999/);
    await window.text('.inspector .subject', /09999/);
    await page.locator('#filter').fill('04321');
    await window.text('.topics [role=status]', /^1 of 10,000$/);
    assertContent(window);
  });

  it('publishes nothing as a view, and shows the state where it stands', async (context) => {
    const visitor = await WebVisitor.open(
      context,
      { databases: night, startPaused: true, prime: true },
      { isView: true },
    );
    const window = await PageWindow.open(context, browser, visitor.addresses.page);
    await window.text('.banner', /view only/);
    await window.text('.state', /paused/);
    await window.page.keyboard.press('PageUp');
    await selectTopic(window, 'tracker.position.demand');
    await window.text('.inspector tbody tr', /__data_time/);
    assert.deepEqual(visitor.playback.status().addresses, []);
    assertContent(window);
  });

  it('fits into 400 and 1400 pixels and can be read, light and dark', async (context) => {
    const { window } = await open(context, SHOWN, { width: 400, scheme: 'dark' });
    const { page } = window;
    await plotOne(window);
    for (const [width, scheme] of [
      [400, 'dark'],
      [1400, 'light'],
      [400, 'light'],
      [1400, 'dark'],
    ] as const) {
      await window.show(width, scheme);
      await until(
        () => inkOf(window, '.plot canvas'),
        (ink) => ink > 50,
      );
      await until(
        () => page.evaluate('document.documentElement.scrollWidth'),
        (shown) => shown === width,
      );
      const [red] = String(await page.evaluate('getComputedStyle(document.body).backgroundColor')).match(
        /\d+/g,
      )!;
      assert.equal(Number(red) < 64, scheme === 'dark');
      assert.deepEqual(await page.evaluate(UNREADABLE), []);
    }
    assertContent(window);
  });
});

interface Opened {
  readonly visitor: WebVisitor;
  readonly window: PageWindow;
}

async function open(context: TestContext, options: ReplayOptions, of?: WindowOptions): Promise<Opened> {
  const visitor = await WebVisitor.open(context, options);
  return { visitor, window: await PageWindow.open(context, browser, visitor.addresses.page, of) };
}

/** Asserts that the browser had nothing to complain of. */
function assertContent({ complaints }: PageWindow): void {
  assert.deepEqual(complaints, []);
}

/** As `assertContent`, of a page whose replay has ended: what it asks for at that moment finds nobody. */
function assertContentToTheEnd({ complaints }: PageWindow): void {
  const unexpected = complaints.filter((complaint) => !complaint.includes('ERR_CONNECTION_REFUSED'));
  assert.deepEqual(unexpected, []);
}

async function selectTopic({ page }: PageWindow, topic: string): Promise<void> {
  await page.locator('#filter').fill(topic);
  await page.locator('.table .all .row').first().click();
  await page.locator('#filter').fill('');
}

/** Selects a topic, and plots one of its numbers. */
async function plotOne(window: PageWindow): Promise<void> {
  await selectTopic(window, 'tracker.position.demand');
  await window.text('.inspector tbody tr', /^__data_time.*number/);
  const name = await firstPlottable(window, 'number');
  await window.page.getByRole('button', { name: `Plot ${name}`, exact: true }).click();
}

/** The first attribute of a type, of those that are no times. */
async function firstPlottable({ page }: PageWindow, type: string): Promise<string> {
  const rows = page.locator('.inspector tbody tr').filter({ has: page.locator(`.type:text-is("${type}")`) });
  const names = await until(
    () => rows.locator('th').allTextContents(),
    (found) => found.length > 2,
  );
  return names.find((name) => !name.startsWith('__')) as string;
}

/** Number of pixels of a canvas that are drawn. */
async function inkOf({ page }: PageWindow, selector: string): Promise<number> {
  return Number(
    await page.evaluate(`(() => {
      const canvas = document.querySelector(${JSON.stringify(selector)});
      if (canvas === null || canvas.width === 0) return 0;
      // Of a copy: Chromium warns of a canvas that is read again and again.
      const copy = new OffscreenCanvas(canvas.width, canvas.height)
        .getContext('2d', { willReadFrequently: true });
      copy.drawImage(canvas, 0, 0);
      const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
      let ink = 0;
      for (let i = 3; i < data.length; i += 4) if (data[i] > 0) ink += 1;
      return ink;
    })()`),
  );
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function plainOf(topic: string): string {
  return topic.replace('\u202E', '\\u202e').replace('\u0007', '\\u0007').replace('\n', '\\n');
}

function writeHostileNight(path: string): void {
  writeEvents(
    path,
    Array.from({ length: 60 }, (_, i) => ({
      id: BigInt(i + 1),
      topic: HOSTILE_TOPICS[i % HOSTILE_TOPICS.length],
      dataTime: START_S + i,
      attributes: [
        { key: '__wire_time', value: `${START_S + i}`, dataType: 'number' },
        { key: '__data_time', value: `${START_S + i}`, dataType: 'number' },
        { key: '<b>key</b>', value: HOSTILE_VALUE, dataType: 'string' },
        { key: '__proto__', value: `${i}`, dataType: 'number' },
      ],
    })),
  );
}
