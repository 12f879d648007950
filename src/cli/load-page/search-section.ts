import type { LoadReport } from '../../loadtest/load-report.js';
import { amountText } from '../../loadtest/search/amount-text.js';
import type { LoadState, SearchResult, SearchTrial } from '../../loadtest/search/search-result.js';
import { timeText, UNKNOWN } from '../../loadtest/shown/load-words.js';
import {
  burstSentence,
  gaveWayText,
  lagText,
  PHASES,
  recoverySentence,
  runsSentence,
  searchSentence,
  whyText,
  worstOf,
} from '../../loadtest/shown/search-words.js';
import type { StageUnit } from '../../loadtest/stage-spec.js';
import * as text from '../../shared/text.js';
import { type Html, html, type Part } from '../html/html.js';
import { foldedAfter } from './folded.js';
import { SEARCH_FIGURES, type SearchFigure, type SearchView, searchView } from './search-view.js';
import { cell, table } from './table.js';

const SHOWN_TRIALS = 30;
const STATES: Readonly<Record<LoadState, string>> = {
  holds: '✓ holds',
  fails: '✗ does not hold',
  disagree: '? trials disagree',
  invalid: '? nothing can be said',
  open: '? too few trials',
};
const OUTCOMES: Readonly<Record<SearchTrial['outcome'], string>> = {
  good: '✓ good',
  bad: '✗ bad',
  invalid: '? invalid',
};
const LOAD_COLUMNS = [
  { head: 'load', isText: true },
  { head: 'it', isText: true },
  { head: 'good' },
  { head: 'bad' },
  { head: 'invalid' },
];
const TRIAL_COLUMNS = [
  { head: 'load', isText: true },
  { head: 'for', isText: true },
  { head: 'outcome', isText: true },
  { head: 'time' },
  { head: 'offered/s' },
  { head: 'lag' },
  { head: 'behind' },
  { head: 'lost' },
  { head: 'latency p50' },
  { head: 'p99' },
  { head: 'why', isText: true },
];

/** What was searched for and found: the figure, the curves over the loads, and all trials. */
export function searchSection({ search }: LoadReport): Part {
  if (search === null) return null;
  const { highest, burst, sweep, recoveryS } = search;
  return html`<section id="search">
<h2>Search</h2>
${highest === null ? null : highest.runs.map((run) => findings(run))}
${highest === null || highest.runs.length === 1 ? null : html`<p><b>${runsSentence(highest)}</b></p>`}
${recoveryS === null ? null : html`<p>${recoverySentence(recoveryS)}.</p>`}
${burst === null ? null : html`<p><b>${burstSentence(burst)}</b></p>${reasonList(burst.reasons)}`}
${charts(searchView(search))}
${highest === null ? null : highest.runs.map((run) => loadTable(run))}
${highest === null ? null : highest.runs.map((run) => trialTable(run.trials, run.unit))}
${sweep === null ? null : trialTable(sweep.trials, sweep.unit)}
</section>`;
}

function findings(run: SearchResult): Html {
  const gaveWay = gaveWayText(run);
  return html`<p><b>${searchSentence(run)}</b></p>
${gaveWay === null ? null : html`<p>${text.name(gaveWay)}</p>`}
${reasonList(run.reasons)}`;
}

function reasonList(reasons: readonly string[]): Part {
  if (reasons.length === 0) return null;
  return html`<ul class="findings">${reasons.map((reason) => html`<li>${text.name(reason)}</li>`)}</ul>`;
}

function charts(view: SearchView | null): Part {
  if (view === null) return null;
  return html`<p class="muted">Loads from the lowest to the highest that was tried. Dashed vertical lines are the bracket: the highest load that
held, and the lowest that did not. Points: <span class="outcome kept"><b>good</b></span>, <span class="outcome missed"><b>bad</b></span>, and grey
for trials that say nothing of the subscribers.</p>
${SEARCH_FIGURES.map((figure) => chart(figure, view))}`;
}

function chart(figure: SearchFigure, { points }: SearchView): Html {
  const { id, title, reading, of } = figure;
  const caption = html`<figcaption><b>${title}</b> <span class="reading">${reading}</span></figcaption>`;
  if (points.every((point) => of(point) === null))
    return html`<figure>${caption}<p class="missing">Not measured.</p></figure>`;
  return html`<figure>${caption}
<div class="plot" data-figure="${id}" role="img" aria-label="${title}. ${reading} The figures are in the table of the trials."></div>
</figure>`;
}

function loadTable({ loads, unit }: SearchResult): Html {
  const rows = loads.map(
    ({ load, state, good, bad, invalid }) => html`<tr><th scope="row">${amountText(load, unit)}</th>
<td class="text outcome ${state === 'holds' ? 'kept' : state === 'fails' ? 'missed' : 'unknown'}"><b>${STATES[state]}</b></td>
${[good, bad, invalid].map((count) => cell(text.count(count)))}</tr>`,
  );
  return html`<h3>Loads</h3>${table('Loads', LOAD_COLUMNS, rows)}`;
}

function trialTable(trials: readonly SearchTrial[], unit: StageUnit): Html {
  const rows = trials.map((trial) => {
    const worst = worstOf(trial);
    const count = (value: number | null | undefined) =>
      cell(value === null || value === undefined ? UNKNOWN : text.count(value));
    return html`<tr><th scope="row">${amountText(trial.load, unit)}</th>
<td class="text">${PHASES[trial.phase]}</td>
<td class="text outcome ${trial.outcome === 'good' ? 'kept' : trial.outcome === 'bad' ? 'missed' : 'unknown'}"><b>${OUTCOMES[trial.outcome]}</b></td>
${cell(text.anySpan(trial.measuredS))}${count(trial.offeredPerS)}${cell(lagText(trial, worst))}
${count(worst?.mostLag)}${count(worst?.lost)}${cell(timeText(worst?.p50Us))}${cell(timeText(worst?.p99Us))}
<td class="text name">${text.name(whyText(trial) || UNKNOWN)}</td></tr>`;
  });
  return html`<h3>Trials</h3>
<p class="muted">Figures are those of the worst subscriber. Lag: how it grew, as a share of what was sent.</p>
${foldedAfter(SHOWN_TRIALS, rows, 'trial', (some) => table('Trials', TRIAL_COLUMNS, some))}`;
}
