/**
 * Writes docs/images/web-….png: the page in a real browser, wide and narrow, light and dark, while a generated night is played. Run it when the
 * page has changed.
 */
import './own-cache.js';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { generate } from '../../src/generate/generate.js';
import type { WebAddresses } from '../../src/options/replay-options.js';
import type { Playback } from '../../src/playback/playback.js';
import { startReplay } from '../../src/replay.js';
import { startBrowser } from './page-in-browser.js';
import { withPalette } from './palette-png.js';
import { until } from './until.js';

const PICTURES = fileURLToPath(new URL('../../../docs/images/', import.meta.url));
const NIGHT_S = 6 * 3600;
const EVENTS = 150_000;
const SPEEDUP = 60;
/** Where the replay goes before the pictures are made. */
const PLACE = '+2h';
/** Seconds of its own clock that the page has seen. */
const LEAST_POINTS = 45;
const TOPIC = 'tracker.position.demand';
const ATTRIBUTES = ['itf.x', 'itf.y', 'itf.rho'];

const folder = mkdtempSync(join(tmpdir(), 'tcs-picture-'));
const browser = await startBrowser();
const stop = new AbortController();
try {
  const databases = join(folder, '2018-03-23.db');
  await generate({ path: databases, events: EVENTS, durationS: NIGHT_S });
  const { page: url } = await play(databases);
  mkdirSync(PICTURES, { recursive: true });
  for (const width of [1400, 400]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await opened(browser, url, { width, colorScheme });
      writeFileSync(
        join(PICTURES, `web-${width}-${colorScheme}.png`),
        withPalette(await page.screenshot({ fullPage: true })),
      );
      await page.close();
    }
  }
} finally {
  stop.abort();
  await browser.close();
  rmSync(folder, { recursive: true });
}

async function play(databases: string): Promise<WebAddresses> {
  let playback: Playback | undefined;
  const addresses = await new Promise<WebAddresses>((resolve, reject) => {
    playback = startReplay({
      ...{ databases, web: true, url: 'tcp://127.0.0.1:*', speedup: SPEEDUP, prime: true },
      ...{ convertNumber: true, signal: stop.signal, onWeb: resolve },
    });
    playback.outcome.catch(reject);
  });
  await playback?.seek(PLACE);
  return addresses;
}

/** The page once it shows all that it has to show. */
async function opened(
  browser: Browser,
  url: string,
  { width, colorScheme }: { readonly width: number; readonly colorScheme: 'light' | 'dark' },
): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  await page.goto(url);
  await page.locator('.timeline .readout').filter({ hasText: /\dh/ }).waitFor();
  await page.locator('#filter').fill(TOPIC);
  await page.locator('.table .all .row').first().click();
  await page.locator('#filter').fill('');
  for (const name of ATTRIBUTES)
    await page.getByRole('button', { name: `Plot ${name}`, exact: true }).click();
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
  return page;
}
