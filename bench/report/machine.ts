import { type Html, html } from '../../src/cli/html/html.js';
import * as text from '../../src/shared/text.js';
import type { BenchResult, Facts } from '../result.js';
import { definitions } from './definitions.js';
import { momentOf } from './page-text.js';

/** Date, version, commit, level and duration. */
export function runLine({ environment, level, runs, durationS }: BenchResult): Html {
  const { date, tcsReplay, commit } = environment;
  const shownCommit =
    commit === null
      ? 'commit unknown'
      : html`commit <code>${commit.id.slice(0, 12)}</code>${commit.isChanged ? ' with changed files' : ''}`;
  return html`<p class="run"><time datetime="${date}">${momentOf(date)}</time> · tcs-replay ${tcsReplay}, ${shownCommit} · level
${level} · ${text.counted(runs, 'round')} · took ${text.anySpan(durationS)}</p>`;
}

/** The machine, and the versions of everything that was measured. */
export function machine({ environment }: BenchResult): Html {
  const { python } = environment;
  const facts: Facts = {
    processor: `${environment.cpu}, ${text.counted(environment.cores, 'core')}`,
    memory: text.bytes(environment.memoryBytes),
    system: `${environment.system}, kernel ${environment.kernel}`,
    'load before': environment.loadBefore.toFixed(2),
    'Node.js': environment.node,
    'zeromq.js': `${environment.zeromqJs} (libzmq ${environment.libzmq})`,
    'better-sqlite3': `${environment.betterSqlite3} (SQLite ${environment.sqlite})`,
    peer:
      python === null
        ? 'none: no Python with pyzmq'
        : `Python ${python.python}, pyzmq ${python.pyzmq} (libzmq ${python.libzmq}), SQLite ${python.sqlite}`,
  };
  return html`<div class="machine">${definitions(facts)}</div>`;
}
