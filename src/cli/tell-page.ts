import type { WebAddresses } from '../options/replay-options.js';
import { needs } from '../shared/expect.js';
import { openPage } from './open-page.js';

export interface TellPageOptions {
  /** Whether the page is opened in the browser, too. */
  readonly open: boolean;
  /** Whether only the page's own address is told: without it nobody can open the page. */
  readonly quiet: boolean;
  /** Called with each sentence. */
  readonly note: (notice: string) => void;
}

/** Tells where the page of --web is. */
export function tellPage({ page, foxglove }: WebAddresses, { open, quiet, note }: TellPageOptions): void {
  note(`The page is at ${page}`);
  if (!quiet) note(`Foxglove connects to ${foxglove}`);
  if (open) openPage(page, note);
}

/** Refuses --open where there is no page. @throws TcsReplayError `BAD_OPTION` */
export function checkOpen(open: boolean, web: unknown): void {
  if (open && web === undefined) throw needs('--open', '--web', 'without it there is no page to open');
}
