import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { summaryOf } from '../../bench/case-summary.js';
import { figureText } from '../../bench/figure-text.js';
import { lineStyles } from '../../bench/report/lines.js';
import { NOTHING, ratioTo } from '../../bench/report/page-text.js';
import { reportPage } from '../../bench/report/report-page.js';
import type { BenchResult, CaseResult, Chart, ScenarioResult, Trial } from '../../bench/result.js';
import { verdict } from '../../bench/verdict.js';
import { sampleComparison, sampleResult } from '../support/bench-result-sample.js';
import { assertDrawn, assertSelfContained, LOOK, type Seen, textOf } from '../support/html-page.js';
import { PageWindow, skipWithoutBrowser, startBrowser } from '../support/page-in-browser.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const result = sampleResult();
const page = reportPage(result, sampleComparison(result));

test('the page refers to nothing outside of it', () => assertSelfContained(page));

test('each link of the contents leads to a section', () => {
  const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
  assert.equal(new Set(targets).size, result.scenarios.length + 1);
  for (const id of targets) assert.ok(page.includes(`<section id="${id}">`), id);
});

test('each case stands in a table with the medians of all its figures, and its ratio', () => {
  for (const scenario of result.scenarios) {
    const section = sectionOf(page, scenario.name);
    for (const { id, summary, reference } of scenario.cases) {
      const rows = rowsOf(section, id);
      assert.ok(rows.length > 0, `${scenario.name}/${id}`);
      for (const { name } of scenario.figures) {
        const spread = summary.figures[name];
        const unit = scenario.figures.find((figure) => figure.name === name)!.unit;
        const shown = spread == null ? NOTHING : figureText(spread.median, unit);
        assert.ok(rows.includes(shown), `${scenario.name}/${id}: expected ${shown} for ${name} in ${rows}`);
      }
      const main = summary.ratios[scenario.figures[0].name];
      if (main != null)
        assert.ok(rows.includes(ratioTo(reference!, main)), `${scenario.name}/${id}: its ratio`);
    }
  }
});

test('invalid trials are told with their reasons, once for all rounds that have the same', () => {
  assert.match(
    textOf(sectionOf(page, 'end-to-end')),
    /1 invalid trial, counted in no figure:\s+4 workers, round 2: expected 200,000 events, received 199,400/,
  );
  assert.match(
    textOf(sectionOf(page, 'pacing')),
    /5 invalid trials.*\s+model, 20000\/s, rounds 1, 2, 3, 4, 5: sent 14,210 events\/s/,
  );
  assert.match(
    rowsOf(sectionOf(page, 'end-to-end'), '4 workers'),
    /^4 workers\s*600\s*999,400\s*of 1,000,000\s.*4 of 5\s*1 invalid/s,
  );
});

test('a short verdict comes first, then cards that say which way is better', () => {
  const main = page.slice(page.indexOf('<main>'));
  const [first] = /<ul class="verdict">.*?<\/ul>/s.exec(main) ?? [''];
  assert.deepEqual(
    [...first.matchAll(/<li>(.*?)<\/li>/gs)].map(([, line = '']) => textOf(line)),
    verdict(result),
  );
  assert.ok(main.indexOf(first) < main.indexOf('class="tiles"'));
  const cards = [...main.matchAll(/<li><a href="#scenario-.*?<\/li>/gs)].map(([card]) => card);
  const compared = result.scenarios.filter(({ figures: [figure] }) => figure?.better !== null);
  assert.equal(cards.filter((card) => /(?:More|Less) is better\./.test(card)).length, compared.length);
});

test('a line has a colour of its subject, which no other subject has', () => {
  const subjects = ['ours', 'peer', 'limit'] as const;
  const styles = lineStyles(
    Array.from({ length: 60 }, (_, i) => ({ name: `line ${i}`, subject: subjects[i % 3] })),
  );
  for (const [i, { color }] of styles.entries()) {
    assert.ok(color === subjects[i % 3] || color.startsWith(`${subjects[i % 3]}-`), color);
    assert.ok(page.includes(`--${color}:`), color);
  }
  // The first six of ours, and three of each other one, differ by their shades alone.
  assert.equal(new Set(styles.map(({ color }) => color)).size, 12);
});

test('a scenario of which no trial is valid has dashes, and says that there is nothing to draw', () => {
  const broken = reportPage(withScenario(brokenScenario('nobody listened')));
  const section = sectionOf(broken, 'broken');
  assert.match(
    textOf(section),
    /3 invalid trials, counted in no figure:\s+a case, rounds 1, 2, 3: nobody listened/,
  );
  assert.match(rowsOf(section, 'a case'), /^a case\s*– –\s*0 of 3/);
  // Of one case there is no curve, drawn or not.
  const charts = CHARTS.filter(({ kind }) => kind !== 'curve');
  assert.equal(section.split('Nothing to draw').length - 1, charts.length);
  assert.doesNotMatch(section, /class="plot"/);
  assert.match(broken, /<b class="value">–<\/b>/);
});

test('a result without scenarios, and one of a scenario without cases, are pages', () => {
  assert.match(reportPage({ ...result, scenarios: [] }), /<main>/);
  const empty = { ...brokenScenario(''), cases: [] };
  assert.match(sectionOf(reportPage(withScenario(empty)), 'broken'), /No case of it was measured/);
});

test('what stands in a result is text, wherever it is put', () => {
  const evil = '</script><script>document.title="taken"</script><b onclick=\'x\'>&amp;';
  const scenario = brokenScenario(evil);
  const named: ScenarioResult = {
    ...scenario,
    ...{ title: evil, question: evil, notes: [evil], conditions: { [evil]: evil } },
    figures: scenario.figures.map((figure) => ({ ...figure, title: evil })),
    cases: [
      ...scenario.cases.map((each) => ({ ...each, id: evil, reference: evil })),
      { ...goodCase(), id: evil },
    ],
    charts: CHARTS.map((chart) => ({ ...chart, title: evil })),
  };
  const comparison = { ...sampleComparison(result), warnings: [evil] };
  const taken = reportPage(withScenario(named), comparison);
  assert.ok(!taken.includes('</script><script>document'));
  assert.ok(!taken.includes('<b onclick'));
  assert.equal(taken.split('</script>').length, page.split('</script>').length);
  assert.ok(taken.includes('&lt;/script&gt;&lt;script&gt;document.title=&quot;taken&quot;'));
});

test('changes are told by words, the worse first', () => {
  const section = page.slice(
    page.indexOf('<section id="changes">'),
    page.indexOf('<section id="scenario-decode">'),
  );
  const verdicts = [...section.matchAll(/<td class="verdict"><b>([^<]+)<\/b>/g)].map(
    ([, verdict]) => verdict,
  );
  const order = ['✗ worse', '✓ better', '≠ changed', '? unknown', '= no difference'];
  assert.deepEqual([...new Set(verdicts)], order);
  assert.match(textOf(section), /Beware: The load of the machine/);
  assert.ok(!reportPage(result).includes('id="changes"'));
});

describe('a browser', { skip: skipWithoutBrowser(), concurrency: 1 }, () => {
  let browser: Browser;

  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser?.close());

  it('draws all charts, at any width, in light, dark and print', async (t) => {
    const path = join(temporaryFolder(t), 'page.html');
    writeFileSync(path, page);
    const charts = result.scenarios.flatMap((scenario) => scenario.charts).length;
    const url = pathToFileURL(path).href;
    const window = await PageWindow.open(t, browser, url);
    const { page: shown } = window;
    const colors = new Set<string>();
    for (const scheme of ['light', 'dark'] as const) {
      for (const width of [400, 1400]) {
        await window.show(width, scheme);
        const seen = (await shown.evaluate(LOOK)) as Seen;
        const where = `${width} px, ${scheme}`;
        assertDrawn(seen, width, charts, where);
        assert.deepEqual(await shown.evaluate(HIDDEN), [], where);
        colors.add(`${scheme} ${await shown.evaluate(COLOR)}`);
      }
    }
    assert.deepEqual([...colors], ['light #0072b2', 'dark #56b4e9']);
    await shown.evaluate('dispatchEvent(new Event("beforeprint"))');
    const printed = (await shown.evaluate(LOOK)) as Seen;
    assert.equal(await shown.evaluate(COLOR), '#0072b2');
    assert.ok(printed.plots.every(({ width }) => width === 680));
    await shown.evaluate('dispatchEvent(new Event("afterprint"))');
    await shown.evaluate(LOOK);
    assert.equal(await shown.evaluate(COLOR), '#56b4e9');
    assert.deepEqual([window.complaints, window.requests], [[], [url]]);
  });

  it('takes no text of a result for a script', async (t) => {
    const evil = '</script><script>document.title="taken"</script><img src=x onerror=document.title="taken">';
    const path = join(temporaryFolder(t), 'page.html');
    const charts = CHARTS.map((chart) => ({ ...chart, title: evil }));
    const scenario = { ...brokenScenario(evil), charts, cases: [{ ...goodCase(), id: evil }] };
    writeFileSync(path, reportPage(withScenario(scenario)));
    const { page: shown, complaints } = await PageWindow.open(t, browser, pathToFileURL(path).href, {
      width: 800,
    });
    // What tells of a point is made as HTML, when the mouse is over it.
    const at = (await shown.evaluate(`(() => {
    const plot = document.querySelector('.plot');
    plot.scrollIntoView();
    const { x, y, width, height } = plot.getBoundingClientRect();
    return { x: x + width * 0.6, y: y + height * 0.3 };
  })()`)) as { x: number; y: number };
    await shown.mouse.move(at.x, at.y);
    const tip = await shown.evaluate(`new Promise((resolve) => {
    const look = () => {
      const text = document.querySelector('.plot').innerText;
      if (text.includes('onerror')) resolve(text);
      else requestAnimationFrame(look);
    };
    look();
  })`);
    assert.ok((tip as string).includes(evil));
    assert.equal(await shown.evaluate('document.title'), `tcs-replay benchmark, ${result.environment.date}`);
    assert.deepEqual(complaints, []);
  });
});

/** The color of a line of ours. */
const COLOR = `document.querySelector('.plot path[stroke="#0072b2"], .plot path[stroke="#56b4e9"]')?.getAttribute('stroke')`;

/** Main figures of tables that lie behind the edge. */
const HIDDEN = `[...document.querySelectorAll('.scroll')].filter(({ clientWidth }) => clientWidth > 0).flatMap((scroll) => {
  const first = [...scroll.querySelectorAll('thead th')].findIndex((head, i) => i > 0 && !/^(lost|received)$/.test(head.textContent));
  const end = scroll.getBoundingClientRect().right;
  return [...scroll.querySelectorAll('tbody tr')].flatMap((row) => row.children[first] ?? [])
    .filter((cell) => cell.getBoundingClientRect().right > end + 1).map(({ textContent }) => textContent);
})`;

const CHARTS: readonly Chart[] = [
  { kind: 'bars', title: 'Bars', figure: 'aPerS' },
  { kind: 'curve', title: 'Curve', figure: 'aPerS', x: 'size' },
  { kind: 'spectrum', title: 'Spectrum', histogram: 'lateness' },
  { kind: 'course', title: 'Course' },
  { kind: 'bars', title: 'Of a figure that is not there', figure: 'none' },
];

function brokenScenario(reason: string): ScenarioResult {
  const figure = { unit: '1/s', better: 'higher', isCompared: true, isShown: true } as const;
  return {
    ...{ name: 'broken', title: 'Broken', question: 'Is it?', conditions: {}, notes: [], charts: CHARTS },
    figures: [
      { ...figure, name: 'aPerS', title: 'a/s' },
      { ...figure, name: 'bPerS', title: 'b/s' },
    ],
    cases: [caseOf([1, 2, 3].map((run) => ({ ...trial(run), state: 'invalid', reasons: [reason] })))],
  };
}

function goodCase(): CaseResult {
  return caseOf([{ ...trial(1), state: 'valid', figures: { aPerS: 5, bPerS: null } }]);
}

function caseOf(trials: readonly Trial[]): CaseResult {
  const summary = summaryOf(['aPerS', 'bPerS'], trials, undefined);
  return { id: 'a case', subject: 'ours', parameters: { size: 4 }, reference: null, trials, summary };
}

function trial(run: number) {
  const nothing = {
    counts: null,
    targetPerS: null,
    achievedPerS: null,
    figures: {},
    histograms: {},
    course: [],
  };
  return { run, startedS: run, ...nothing };
}

function withScenario(scenario: ScenarioResult): BenchResult {
  return { ...result, scenarios: [scenario] };
}

function sectionOf(text: string, scenario: string): string {
  const from = text.indexOf(`<section id="scenario-${scenario}">`);
  assert.ok(from >= 0, scenario);
  return text.slice(from, text.indexOf('</section>', from));
}

/** The texts of all rows of tables that are about a case. */
function rowsOf(section: string, id: string): string {
  return [...section.matchAll(/<tr><th scope="row">([\s\S]*?)<\/tr>/g)]
    .filter(([, row]) => [`${id}<`, `${id} <`].some((start) => row.startsWith(start)))
    .map(([, row]) => textOf(row))
    .join('\n');
}
