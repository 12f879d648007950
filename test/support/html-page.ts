/** What tests of HTML pages have in common. */
import assert from 'node:assert/strict';

/** Namespaces and licences, which nobody loads. */
const NAMES_ONLY =
  /^https?:\/\/(www\.w3\.org\/|www\.apache\.org\/|github\.com\/ecomfe\/zrender\/blob\/master\/LICENSE)/;

/** Asserts that a page loads nothing, and that its policy forbids it. */
export function assertSelfContained(page: string): void {
  const addresses = page.match(/https?:\/\/[^\s"'<>)]+/g) ?? [];
  assert.deepEqual(
    addresses.filter((address) => !NAMES_ONLY.test(address)),
    [],
  );
  const markup = markupOf(page);
  const references = [...markup.matchAll(/\b(?:src|srcset|href|action|data|poster)="([^"]*)"/g)].map(
    ([, to]) => to,
  );
  assert.ok(references.length > 5);
  assert.deepEqual(
    references.filter((to) => !to.startsWith('#')),
    [],
  );
  assert.doesNotMatch(markup, /url\(|@import|<link|<base/);
  assert.match(markup, /Content-Security-Policy" content="default-src &#39;none&#39;/);
  assert.doesNotMatch(page, /sourceMappingURL/);
}

/** Without the contents of scripts. */
export function markupOf(page: string): string {
  return page.replace(/(<script[^>]*>)[\s\S]*?<\/script>/g, '$1');
}

/** The text of a piece of HTML, with its entities as they are. */
export function textOf(markup: string): string {
  return markup
    .replace(/<[^>]*>/g, ' ')
    .replace(/ +/g, ' ')
    .replace(/ ([,:])/g, '$1');
}

/** What a browser shows of a page with charts. */
export interface Seen {
  readonly pageWidth: number;
  /** Texts that do not stand wholly in their charts. */
  readonly cut: readonly string[];
  readonly plots: readonly { marks: number; texts: number; width: number; plotWidth: number }[];
}

/** An expression for what is there once the page has had the time to draw itself anew: charts follow a frame after their places. */
export const LOOK = `new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve({
  pageWidth: document.documentElement.scrollWidth,
  cut: [...document.querySelectorAll('.plot text')].filter((text) => {
    const [inner, outer] = [text, text.closest('svg')].map((each) => each.getBoundingClientRect());
    return ['left', 'top'].some((side) => inner[side] < outer[side] - 1) ||
      ['right', 'bottom'].some((side) => inner[side] > outer[side] + 1);
  }).map(({ textContent }) => textContent),
  plots: [...document.querySelectorAll('.plot')].map((plot) => ({
    marks: plot.querySelectorAll('svg path').length,
    texts: plot.querySelectorAll('svg text').length,
    width: Number(plot.querySelector('svg')?.getAttribute('width')),
    plotWidth: plot.clientWidth,
  })),
}))))`;

/** An expression for the texts whose contrast to what is behind them is less than 4.5 to 1, as WCAG asks of all but what is switched off. */
export const UNREADABLE = `(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgb = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (color) => rgb(color).slice(0, 3)
    .map((each) => each / 255)
    .map((each) => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4)
    .reduce((sum, each, i) => sum + each * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let each = element; each !== null; each = each.parentElement) {
      const color = getComputedStyle(each).backgroundColor;
      if (rgb(color)[3] > 0) return color;
    }
    return 'white';
  };
  const found = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { parentElement: element, textContent } = texts.currentNode;
    if (textContent.trim() === '' || element.closest('script, style, noscript, :disabled') || element.getClientRects().length === 0) continue;
    const style = getComputedStyle(element);
    const color = element.closest('svg') ? style.fill : style.color;
    const [low, high] = [light(color), light(behind(element))].sort((a, b) => a - b);
    if ((high + 0.05) / (low + 0.05) < 4.5) found.add(textContent.trim() + ': ' + color + ' on ' + behind(element));
  }
  return [...found];
})()`;

/** Asserts that each chart is drawn, in the width of its place, and that the page does not scroll sideways. */
export function assertDrawn(seen: Seen, width: number, charts: number, where: string): void {
  assert.equal(seen.pageWidth, width, `${where}: the page scrolls sideways`);
  assert.equal(seen.plots.length, charts, where);
  assert.deepEqual(seen.cut, [], where);
  for (const [i, { marks, texts, width, plotWidth }] of seen.plots.entries()) {
    assert.ok(marks > 2 && texts > 2, `${where}: chart ${i} has ${marks} marks and ${texts} texts`);
    assert.equal(width, plotWidth, `${where}: chart ${i} has not the width of its place`);
  }
}
