import type { JSX } from 'preact';
import * as text from '../../../shared/text.js';
import type { LoadSearch, LoadTrial } from '../../load-protocol.js';
import { type ColumnHead, ColumnHeads } from './column-heads.js';
import { countText, timeText, UNKNOWN } from './figure-text.js';
import { KneeChart } from './knee-chart.js';

const OUTCOMES: Readonly<Record<LoadTrial['outcome'], string>> = {
  good: '✓ good',
  bad: '✗ bad',
  invalid: '? says nothing',
};
/** What the colors of conditions are called. */
const CLASSES: Readonly<Record<LoadTrial['outcome'], string>> = {
  good: 'kept',
  bad: 'missed',
  invalid: 'unknown',
};

const COLUMNS: readonly ColumnHead[] = [
  ['trial', ''],
  ['load', 'what is aimed at'],
  ['for', 'what the trial is for'],
  ['outcome', ''],
  ['time', 'measured, after the warm-up'],
  ['reached/s', 'events sent a second'],
  ['lag', 'of the worst subscriber: how it grew, as a share of what was sent'],
  ['p99', 'latency of the worst subscriber'],
  ['lost', 'events, of the worst subscriber'],
  ['why', ''],
];

/** The course of a search: what is tried now, between which loads the answer lies, and all trials. */
export function SearchView({ search }: { readonly search: LoadSearch }): JSX.Element {
  const { goal, now, elapsedS, leftS, hasBounds, lower, upper, trials, omitted } = search;
  return (
    <section class="search" aria-labelledby="search-title">
      <header>
        <h2 id="search-title">Search</h2>
        <span class="muted">for {goal}</span>
      </header>
      {now === null ? null : (
        <p class="tried" role="status">
          <b>{now}</b>
          <span class="muted">
            , begun after {text.span(elapsedS ?? 0)}
            {leftS === null ? '' : `, ${text.span(leftS)} left at most`}
          </span>
        </p>
      )}
      {hasBounds ? (
        <p class="bounds">
          <b>{lower === null ? 'None holds so far' : `${lower.text} holds`}</b>,{' '}
          <b>{upper === null ? 'none has failed so far' : `${upper.text} does not`}</b>
        </p>
      ) : null}
      <KneeChart search={search} />
      <div class="scroll">
        <table class="figures-table trials">
          <ColumnHeads columns={COLUMNS} />
          <tbody>
            {trials.toReversed().map((trial) => (
              <Trial key={trial.number} trial={trial} />
            ))}
          </tbody>
        </table>
      </div>
      {omitted === 0 ? null : <p class="muted">{text.counted(omitted, 'earlier trial')} not shown.</p>}
    </section>
  );
}

function Trial({ trial }: { readonly trial: LoadTrial }): JSX.Element {
  const { number, purpose, outcome, measuredS, offeredPerS, lagShare, p99Us, lost, why } = trial;
  return (
    <tr>
      <td>{text.count(number)}</td>
      <th scope="row">{trial.text}</th>
      <td>{purpose || 'burst'}</td>
      <td class={`outcome ${CLASSES[outcome]}`}>{OUTCOMES[outcome]}</td>
      <td>{measuredS === null ? UNKNOWN : text.anySpan(measuredS)}</td>
      <td>{countText(offeredPerS)}</td>
      <td>{lagShare === null ? UNKNOWN : `${lagShare >= 0 ? '+' : ''}${(100 * lagShare).toFixed(1)}%/s`}</td>
      <td>{timeText(p99Us)}</td>
      <td>{countText(lost)}</td>
      <td class="name">{why === '' ? '' : text.name(why)}</td>
    </tr>
  );
}
