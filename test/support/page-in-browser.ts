/** Pages in a real browser, which shows no window on the screen. */
import { existsSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/** Of each browser: a profile of its own for each window would be a window of Chromium's own as well, with all that it shows. */
const profiles = new WeakMap<Browser, Promise<BrowserContext>>();

const PATH = process.env.CHROMIUM ?? '/usr/bin/chromium';
/** It only bounds how long a failure takes. */
const TIMEOUT_MS = 180_000;

/** For node:test's `skip`: why a test that takes a browser is skipped; false: it is not. */
export function skipWithoutBrowser(): string | false {
  return existsSync(PATH) ? false : `no Chromium at ${PATH}: set CHROMIUM to its path`;
}

export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: PATH,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    timeout: TIMEOUT_MS,
  });
}

function profileOf(browser: Browser): Promise<BrowserContext> {
  const profile =
    profiles.get(browser) ?? browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
  profiles.set(browser, profile);
  return profile;
}

export interface WindowOptions {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: 'light' | 'dark';
}

/** A window of a browser, with what it complained of. */
export class PageWindow {
  readonly page: Page;
  /** Exceptions, errors and warnings of the console, among these what the content security policy refused, and dialogs of scripts. */
  readonly complaints: string[] = [];
  /** Addresses of all that was asked for. */
  readonly requests: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(TIMEOUT_MS);
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error.stack)));
    page.on('dialog', (dialog) => {
      this.complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => this.requests.push(request.url()));
  }

  /** Opens a window, with what the session of no other one keeps, and without its cookies. It and its tabs close with the test. */
  static async open(
    context: TestContext,
    browser: Browser,
    url: string,
    { width = 1400, height = 900, scheme = 'light' }: WindowOptions = {},
  ): Promise<PageWindow> {
    const profile = await profileOf(browser);
    await profile.clearCookies();
    context.after(() => Promise.all(profile.pages().map((page) => page.close())));
    const window = new PageWindow(await profile.newPage());
    await window.show(width, scheme, height);
    await window.page.goto(url);
    return window;
  }

  /** Another tab of the same window: it has the cookie of this one. */
  async tab(url: string): Promise<PageWindow> {
    const other = new PageWindow(await this.page.context().newPage());
    await other.page.goto(url);
    return other;
  }

  /** Changes the size of the window, and the colors that the system has. */
  async show(width: number, scheme: 'light' | 'dark', height = 900): Promise<void> {
    await this.page.emulateMedia({ colorScheme: scheme });
    await this.page.setViewportSize({ width, height });
  }

  /** The text of an element, once it is as it should be. */
  async text(selector: string, isRight: RegExp): Promise<string> {
    const found = this.page.locator(selector).filter({ hasText: isRight }).first();
    return (await found.textContent()) ?? '';
  }
}
