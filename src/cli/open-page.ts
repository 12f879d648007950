import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../shared/errors.js';

/** What opens a file with the program that the user has for it. */
const OPENERS: Readonly<Record<string, string>> = { darwin: 'open', win32: 'explorer' };

/**
 * Opens a page in the user's browser, as far as the system can. The URL is secret, and others see the arguments of programs: so the
 * browser gets a file that only this user can read, which leads to the page. It is removed when the process ends.
 *
 * @param onFailure called with a sentence where that cannot be done
 */
export function openPage(url: string, onFailure: (reason: string) => void): void {
  const opener = OPENERS[process.platform] ?? 'xdg-open';
  try {
    const folder = mkdtempSync(join(tmpdir(), 'tcs-replay-page-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'page.html');
    writeFileSync(file, `<!doctype html><meta http-equiv="refresh" content="0;url=${url}">\n`, {
      mode: 0o600,
    });
    const browser = spawn(opener, [file], { detached: true, stdio: 'ignore' });
    browser.on('error', (error) => onFailure(`${opener} cannot open the page: ${messageOf(error)}`));
    browser.unref();
  } catch (error) {
    onFailure(`The page cannot be opened: ${messageOf(error)}`);
  }
}
