import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { SEARCH_FIGURES } from '../../src/cli/load-page/search-view.js';
import { drawable, TIME_FIGURES } from '../../src/cli/load-page/time-figures.js';
import { loadPage } from '../../src/cli/reports/load-page.js';
import { loadReportText } from '../../src/cli/reports/load-report-text.js';
import { jsonDocument } from '../../src/cli/text/json-document.js';
import type { LoadReport } from '../../src/loadtest/load-report.js';
import {
  assertDrawn,
  assertSelfContained,
  LOOK,
  markupOf,
  type Seen,
  textOf,
  UNREADABLE,
} from '../support/html-page.js';
import {
  emptyReport,
  fewSubscribers,
  inconclusive,
  manySubscribers,
  namedReport,
  passed,
  searched,
  sparse,
} from '../support/load-report-sample.js';
import {
  PageWindow,
  skipWithoutBrowser,
  startBrowser,
  type WindowOptions,
} from '../support/page-in-browser.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const SAMPLES = {
  few: fewSubscribers(),
  many: manySubscribers(),
  inconclusive: inconclusive(),
  passed: passed(),
  empty: emptyReport(),
  searched: searched(),
};

/** Widths of a window, in pixels, with schemes of colours. The first two, and the last two, have one of each. */
const LOOKS = [
  [400, 'light'],
  [1400, 'dark'],
  [1400, 'light'],
  [400, 'dark'],
] as const;

describe("the load test's page", () => {
  it('refers to nothing outside of it', () => {
    for (const report of Object.values(SAMPLES)) assertSelfContained(loadPage(report));
  });

  it('begins with the verdict and its reasons', () => {
    for (const [name, word] of [
      ['few', '✗ FAIL'],
      ['inconclusive', '? INCONCLUSIVE'],
      ['passed', '✓ PASS'],
    ] as const) {
      const report = SAMPLES[name];
      const [first = ''] = /<div class="verdict .*?<\/div>/s.exec(loadPage(report)) ?? [];
      assert.match(textOf(first).trim(), new RegExp(`^${word.replace('?', '\\?')} `));
      for (const reason of report.reasons) assert.ok(first.includes(reason.replace('>', '&gt;')), reason);
    }
  });

  it('tells after which stage a subscriber took how long to catch up, as the report for people does', () => {
    const told = 'caught up 6.25s after stage 3';
    assert.match(textOf(sectionOf(loadPage(SAMPLES.few), 'subscribers')), new RegExp(told));
    assert.match(loadReportText(SAMPLES.few), new RegExp(`^  gui: ${told}$`, 'm'));
    assert.doesNotMatch(loadReportText(SAMPLES.few), /after stage 4/);
  });

  it('says nothing of databases that are sound', () => {
    for (const report of Object.values(SAMPLES)) {
      assert.doesNotMatch(loadPage(report), /id="source"/);
      assert.doesNotMatch(loadReportText(report), /^Source$/m);
    }
  });

  it('tells of each condition, those that were missed first', () => {
    const section = sectionOf(loadPage(SAMPLES.few), 'conditions');
    const outcomes = [...section.matchAll(/class="text outcome (\w+)"/g)].map(([, outcome]) => outcome);
    assert.equal(outcomes.length, SAMPLES.few.conditions.length);
    assert.deepEqual([...new Set(outcomes)], ['missed', 'unknown', 'kept']);
    assert.match(textOf(section), /lost&gt;0\s+✗ missed\s+gui\s+\d+,\d+/);
    assert.match(textOf(sectionOf(loadPage(SAMPLES.inconclusive), 'conditions')), /none of them decides/);
  });

  it('has a row for each stage and each subscriber, the sentinel first, then the worst', () => {
    for (const report of Object.values(SAMPLES)) {
      const page = loadPage(report);
      if (report.search !== null) continue;
      assert.equal(
        sectionOf(page, 'stages').split('<tr><th scope="row">').length - 1,
        report.load.stages.length,
      );
      const rows = sectionOf(page, 'subscribers').split('<tr data-subscriber=').slice(1).map(textOf);
      assert.equal(rows.length, report.subscribers.length);
    }
    const names = [...sectionOf(loadPage(SAMPLES.few), 'subscribers').matchAll(/<span class="name">(.*?)</g)];
    assert.deepEqual(
      names.slice(0, 2).map(([, name]) => name),
      ['sentinel', 'gui'],
    );
  });

  it('has a row for each fault, and no such section without faults', () => {
    const rows = sectionOf(loadPage(SAMPLES.few), 'faults')
      .split('<tr><th scope="row">')
      .slice(1)
      .map(textOf);
    assert.deepEqual(
      rows.map((row) => row.trim().split(/\s+/).slice(0, 2)),
      [
        ['delay:1%,by=200ms@10s..20s', '4,021'],
        ['restart@30s', '312'],
      ],
    );
    assert(!loadPage(SAMPLES.passed).includes('id="faults"'));
  });

  it('tells what gave way, what the figures prove once for all of whom the same holds, and which events were lost', () => {
    const few = textOf(sectionOf(loadPage(SAMPLES.few), 'gave-way'));
    assert.match(few, /gui: cpu-bound: its connection had no room for 61% of the time/);
    assert.match(few, /sentinel, archive: it counted every one/);
    assert.match(few, /viewer: 200,000 to 200,120, .*; 4 more ranges in the JSON/);
    assert.match(textOf(sectionOf(loadPage(SAMPLES.many), 'gave-way')), /and 5\d more: it counted every one/);
  });

  it('tells what a search has found, with the state of each load, and all trials', () => {
    const section = textOf(sectionOf(loadPage(SAMPLES.searched), 'search'));
    assert.match(
      section,
      /Max sustainable: 9,600\/s \(held 30s; 10,080\/s did not hold: gui lag \+2\.8%\/s in 5 of 5/,
    );
    assert.match(section, /gui is cpu-bound: its busiest thread ran 99% of the time/);
    assert.match(section, /10,080\/s\s+✗ does not hold\s+0\s+5\s+0/);
    assert.equal(section.split(/✓ good|✗ bad/).length - 1, 12);
    assert.ok(!loadPage(SAMPLES.searched).includes('id="stages"'));
  });

  it('says so where there is nothing to draw', () => {
    const text = textOf(markupOf(loadPage(SAMPLES.empty)));
    for (const said of ['No stage was played', 'No subscriber was there', 'Not measured', 'None was given'])
      assert.ok(text.includes(said), said);
    assert.match(textOf(markupOf(loadPage(SAMPLES.passed))), /No loss was seen while the load test went on/);
  });

  it('has what came from outside as text, wherever it stands', () => {
    const evil = '</script><script>document.title="taken"</script><b onclick=\'x\'>&amp;\u001b[2J\u202e';
    const page = loadPage(namedReport(evil));
    const markup = markupOf(page);
    assert.ok(!page.includes('</script><script>document'));
    assert.ok(!page.includes('<b onclick'));
    assert.equal(page.split('</script>').length, loadPage(SAMPLES.few).split('</script>').length);
    assert.ok(markup.includes('&lt;/script&gt;&lt;script&gt;document.title=&quot;taken&quot;'));
    assert.ok(markup.includes('\\u001b[2J\\u202e'));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    assert.doesNotMatch(markup, /[\u001b\u202e]/);
  });

  it('is loaded for loadtest --html only, and its script by nobody but the page', () => {
    const bundle = new URL('../../bundle/', import.meta.url);
    const script = readFileSync(new URL('load-page.js', bundle), 'utf8');
    assert.match(script, /Apache ECharts\nCopyright/);
    assert.match(script, /BSD 3-Clause License/);
    for (const name of readdirSync(bundle).filter((each) => each.endsWith('.js') && each !== 'load-page.js'))
      assert.doesNotMatch(
        readFileSync(new URL(name, bundle), 'utf8'),
        /from\s*"(echarts|\.\/load-page\.js)/,
        name,
      );
  });
});

describe("the load test's page in a browser", { skip: skipWithoutBrowser(), concurrency: 1 }, () => {
  let browser: Browser;
  const open = (t: TestContext, report: LoadReport, options?: WindowOptions) =>
    PageWindow.open(t, browser, fileOf(t, report), options);

  // It takes longer to start than most of the tests.
  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser?.close());

  it('draws all charts at any width, in light, dark and print, with texts that can be read', async (t) => {
    for (const [i, [name, report]] of Object.entries(SAMPLES).entries()) {
      const window = await open(t, report);
      const { page } = window;
      const others = i % 2 === 0 ? LOOKS.slice(0, 2) : LOOKS.slice(2);
      for (const [width, scheme] of name === 'few' ? LOOKS : others) {
        await window.show(width, scheme);
        const where = `${name}, ${width} px, ${scheme}`;
        assertDrawn((await page.evaluate(LOOK)) as Seen, width, chartsOf(report), where);
        assert.deepEqual(await page.evaluate(UNREADABLE), [], where);
      }
      await page.evaluate('dispatchEvent(new Event("beforeprint"))');
      const printed = (await page.evaluate(LOOK)) as Seen;
      assert.ok(printed.plots.every(({ width }) => width === 680));
      await page.evaluate('dispatchEvent(new Event("afterprint"))');
      assert.deepEqual([window.complaints, window.requests], [[], [page.url()]], name);
    }
  });

  it('shows the figures of the moment under the cursor, for all charts', async (t) => {
    const { page, complaints } = await open(t, SAMPLES.few);
    assert.match((await page.evaluate(LEGEND)) as string, /^The whole test/);
    const rect = (await page.evaluate(`(() => {
      const plot = document.querySelector('[data-figure=lag]');
      plot.scrollIntoView({ block: 'center' });
      const { x, y, width, height } = plot.getBoundingClientRect();
      return { x, y, width, height };
    })()`)) as { x: number; y: number; width: number; height: number };
    const y = rect.y + rect.height / 2;
    await page.mouse.move(rect.x + rect.width * 0.6, y);
    const shown = (await page.evaluate(legendThat('/^At /'))) as string;
    assert.match(shown, /^At 3\d\.\d s, stage 3: 20,000\/s\s+intended 20k\/s, offered (19.9|20)k?\/s/);
    const cursors = (await page.evaluate(CURSORS)) as (number | null)[];
    assert.equal(new Set(cursors.slice(0, 5)).size, 1);
    assert.ok(Math.abs((cursors[0] ?? 0) - (rect.x + rect.width * 0.6)) < 4);
    await page.mouse.move(2, 2);
    await page.evaluate(legendThat('/^The whole test/'));
    assert.deepEqual(await page.evaluate(CURSORS), Array(6).fill(null));
    assert.deepEqual(complaints, []);
  });

  it('shows a figure that is known at single moments only', async (t) => {
    const report = sparse();
    const { page } = await open(t, report);
    await page.evaluate(LOOK);
    const known = report.series.filter(({ subscribers }) => subscribers[1].p99Us !== null).length;
    assert.equal(
      await page.evaluate(`(() => {
        const color = getComputedStyle(document.documentElement).getPropertyValue('--line-1').trim();
        return [...document.querySelectorAll('[data-figure=latency] path')]
          .filter((path) => path.getAttribute('fill') === color && path.getBoundingClientRect().width > 2).length;
      })()`),
      known,
    );
  });

  it('picks a subscriber out of many by a click on its name, by a part of its name, and puts all back', async (t) => {
    const { page, complaints } = await open(t, SAMPLES.many);
    assert.deepEqual(await page.evaluate(ROWS), { legend: 8, table: 12, colored: 8 });
    await page.evaluate(`document.querySelectorAll('#subscribers .pick')[5].click()`);
    assert.deepEqual(await page.evaluate(ROWS), { legend: 1, table: 12, colored: 1 });
    await page.evaluate(type('own-3'));
    assert.deepEqual(await page.evaluate(ROWS), { legend: 8, table: 11, colored: 8 });
    await page.evaluate(type('own-33'));
    assert.deepEqual(await page.evaluate(ROWS), { legend: 1, table: 1, colored: 1 });
    await page.evaluate(type('nobody'));
    assert.deepEqual(await page.evaluate(ROWS), { legend: 0, table: 0, colored: 0 });
    await page.evaluate(`[...document.querySelectorAll('#legend button')].at(-1).click()`);
    assert.deepEqual(await page.evaluate(ROWS), { legend: 8, table: 12, colored: 8 });
    assert.equal(await page.evaluate(`document.querySelector('input').value`), '');
    await page.evaluate(`document.querySelector('#subscribers > button').click()`);
    assert.deepEqual(await page.evaluate(ROWS), { legend: 8, table: 64, colored: 8 });
    assert.deepEqual(complaints, []);
  });

  it('gives the whole report as JSON, as --json prints it', async (t) => {
    const { page, complaints } = await open(t, SAMPLES.few, { width: 800 });
    await page.evaluate(`document.querySelector('[data-do=copy]').click()`);
    const copied = (await page.evaluate(`document.querySelector('textarea').value`)) as string;
    assert.equal(copied, jsonDocument(SAMPLES.few));
    assert.equal(
      await page.evaluate(`(() => {
        let saved;
        HTMLAnchorElement.prototype.click = function () { saved = this.download; return fetch; };
        const made = URL.createObjectURL;
        let blob;
        URL.createObjectURL = (each) => made.call(URL, (blob = each));
        document.querySelector('[data-do=save]').click();
        return blob.text().then((text) => saved + ' ' + (text === document.querySelector('textarea').value));
      })()`),
      'loadtest-20261128T213000.json true',
    );
    assert.deepEqual(complaints, []);
  });

  it('takes no text of a report for a script, nor for markup', async (t) => {
    const evil = '</script><script>document.title="taken"</script><img src=x onerror=document.title="taken">';
    const { page, complaints } = await open(t, namedReport(evil), { width: 400, scheme: 'dark' });
    const seen = (await page.evaluate(LOOK)) as Seen;
    assert.equal(seen.pageWidth, 400);
    assert.ok(((await page.evaluate(LEGEND)) as string).includes(evil));
    assert.match((await page.evaluate('document.title')) as string, /^FAIL: tcs-replay load test/);
    assert.equal(await page.evaluate(`document.querySelectorAll('img').length`), 0);
    assert.deepEqual(complaints, []);
  });
});

const LEGEND = `document.querySelector('#legend').innerText.replace(/^Find a subscriber\\s*/, '')`;

/** Where the cursor stands in each chart, from the left of the page; null: it is not there. */
const CURSORS = `[...document.querySelectorAll('.plot')].map((plot) => {
  const muted = getComputedStyle(document.documentElement).getPropertyValue('--muted').trim();
  const [line] = [...plot.querySelectorAll('path')].filter((path) => path.getAttribute('stroke') === muted);
  return line === undefined ? null : Math.round(line.getBoundingClientRect().left);
})`;

const ROWS = `new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve({
  legend: document.querySelectorAll('#legend tbody tr').length,
  table: document.querySelectorAll('#subscribers tbody tr:not([hidden])').length,
  colored: new Set([...document.querySelectorAll('[data-figure=lag] path')].map((path) => path.getAttribute('stroke'))
    .filter((stroke) => Array.from({ length: 8 }, (_, i) => 'line-' + (i + 1)).concat('sentinel')
      .some((name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim() === stroke))).size,
}))))`;

function type(text: string): string {
  return `(() => {
    const input = document.querySelector('input');
    input.value = ${JSON.stringify(text)};
    input.dispatchEvent(new Event('input'));
  })()`;
}

/** The text of the legend, once it is so. */
function legendThat(matches: string): string {
  return `new Promise((resolve) => {
    const look = () => {
      const text = ${LEGEND};
      if (${matches}.test(text)) resolve(text);
      else requestAnimationFrame(look);
    };
    look();
  })`;
}

/** Number of charts that have something to draw. */
function chartsOf({ series, subscribers, search }: LoadReport): number {
  const overTime = TIME_FIGURES.filter((figure) => drawable(figure, series) === 'yes').length;
  return (
    overTime +
    (search === null ? 0 : SEARCH_FIGURES.length) +
    (subscribers.some(({ latency }) => latency !== null) ? 1 : 0)
  );
}

function fileOf(t: TestContext, report: LoadReport): string {
  const path = join(temporaryFolder(t), 'page.html');
  writeFileSync(path, loadPage(report));
  return pathToFileURL(path).href;
}

function sectionOf(page: string, id: string): string {
  const from = page.indexOf(`<section id="${id}">`);
  assert.ok(from >= 0, id);
  return page.slice(from, page.indexOf('</section>', from));
}
