/** Writes docs/images/web-page.png: the page in a real browser, while a generated night is played. Run it when the page has changed. */
import './own-cache.js';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate } from '../../src/generate/generate.js';
import type { WebAddresses } from '../../src/options/replay-options.js';
import { startReplay } from '../../src/replay.js';
import { startBrowser } from './page-in-browser.js';
import { until } from './until.js';

const PICTURE = fileURLToPath(new URL('../../../docs/images/web-page.png', import.meta.url));
const NIGHT_S = 6 * 3600;
const EVENTS = 150_000;
/** Seconds of its own clock that the page has seen. */
const LEAST_POINTS = 30;
const TOPIC = 'tracker.position.demand';

const folder = mkdtempSync(join(tmpdir(), 'tcs-picture-'));
const browser = await startBrowser();
const stop = new AbortController();
try {
  const databases = join(folder, '2018-03-23.db');
  await generate({ path: databases, events: EVENTS, durationS: NIGHT_S });
  const { page: url } = await new Promise<WebAddresses>((resolve, reject) => {
    const { outcome } = startReplay({
      ...{ databases, web: true, url: 'tcp://127.0.0.1:*', speedup: 60, prime: true, convertNumber: true },
      ...{ signal: stop.signal, onWeb: resolve, start: '+2h' },
    });
    outcome.catch(reject);
  });
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 }, colorScheme: 'light' });
  await page.goto(url);
  await page.locator('.timeline .readout').filter({ hasText: /\dh/ }).waitFor();
  await page.locator('#filter').fill(TOPIC);
  await page.locator('.table .all .row').first().click();
  await page.locator('#filter').fill('');
  const plot = page.locator('.inspector tbody button');
  await plot.first().waitFor();
  for (const name of ['itf.x', 'itf.y', 'itf.rho']) {
    await page.getByRole('button', { name: `Plot ${name}`, exact: true }).click();
  }
  const reading = page.locator('.readout').filter({ hasText: /read(?:ing)?$/ });
  await until(
    () => reading.count(),
    (count) => count === 0,
  );
  await until(
    () =>
      page.evaluate(
        `fetch('/api/history').then((answer) => answer.json()).then(({ points }) => points.length)`,
      ),
    (points) => Number(points) >= LEAST_POINTS,
  );
  // The header stays in sight, wherever the page was scrolled to.
  await page.evaluate('scrollTo(0, 0)');
  mkdirSync(dirname(PICTURE), { recursive: true });
  await page.screenshot({ path: PICTURE, fullPage: true });
} finally {
  stop.abort();
  await browser.close();
  rmSync(folder, { recursive: true });
}
