import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { ControlReply } from '../../control/control-desk.js';
import type { ControlStatus } from '../../control/control-status.js';
import { name } from '../../shared/text.js';
import { searchText } from '../reports/ctl-report.js';
import { canDrawOn } from './can-draw-on.js';
import { LiveLine } from './live-line.js';

const INTERVAL_MS = 1000;

/** Tells, while a replay searches ahead for a command, that it does. */
export class SearchWatch {
  private readonly _closed = new AbortController();
  private readonly _line: LiveLine;
  private _search: ControlStatus['search'] = null;

  /** @param askStatus asks the replay for its status */
  constructor(askStatus: () => Promise<ControlReply>) {
    this._line = new LiveLine(() => (this._search === null ? '' : `searching ${searchText(this._search)}`));
    void this._watch(askStatus);
  }

  /** What the replay was searching for when it was asked last; undefined: nothing. */
  get searchedFor(): string | undefined {
    return this._search?.what;
  }

  close(): void {
    this._closed.abort();
    this._line.close();
  }

  private async _watch(askStatus: () => Promise<ControlReply>): Promise<void> {
    const { signal } = this._closed;
    let isTold = canDrawOn(process.stderr);
    const closed = once(signal, 'abort');
    for (;;) {
      await Promise.race([delay(INTERVAL_MS, undefined, { ref: false }), closed]);
      if (signal.aborted) return;
      // Where nobody answers, the command itself tells that.
      const reply = await askStatus().catch(() => undefined);
      if (reply?.ok !== true) continue;
      this._search = reply.status.search;
      if (isTold || this._search === null || signal.aborted) continue;
      isTold = true;
      this._line.note(`searching for ${name(this._search.what)}`);
    }
  }
}
