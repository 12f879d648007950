import { setTimeout as delay } from 'node:timers/promises';
import type { ControlReply } from '../../control/control-server.js';
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
    try {
      for (;;) {
        await delay(INTERVAL_MS, undefined, { signal, ref: false });
        const reply = await askStatus();
        this._search = reply.ok ? reply.status.search : null;
        if (isTold || this._search === null || signal.aborted) continue;
        isTold = true;
        this._line.note(`searching for ${name(this._search.what)}`);
      }
    } catch {
      // Closed, or nobody answers: the command itself tells that.
    }
  }
}
