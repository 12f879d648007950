import type { JSX } from 'preact';
import * as text from '../../../shared/text.js';
import type { LoadConditionRow } from '../../load-protocol.js';

const OUTCOMES: Readonly<Record<NonNullable<LoadConditionRow['outcome']>, string>> = {
  missed: '✗ missed',
  unknown: '? unknown',
  kept: '✓ kept',
};

export interface ConditionsProps {
  readonly conditions: readonly LoadConditionRow[];
  /** Further ones, which are not shown. */
  readonly omitted: number;
}

/** What is expected, and at the end what came of it. */
export function Conditions({ conditions, omitted }: ConditionsProps): JSX.Element {
  return (
    <section class="conditions" aria-labelledby="conditions-title">
      <header>
        <h2 id="conditions-title">Conditions</h2>
        <span class="muted">A condition is missed where it is true. They are judged at the end.</span>
      </header>
      {conditions.length === 0 ? (
        <p class="muted">None was given: --fail-if names one, such as --fail-if 'lost&gt;0'.</p>
      ) : (
        <div class="scroll">
          <table class="figures-table">
            <tbody>
              {conditions.map((each) => (
                <Row key={`${each.subscriber} ${each.condition}`} row={each} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {omitted === 0 ? null : <p class="muted">{text.count(omitted)} more are in the report.</p>}
    </section>
  );
}

function Row({ row }: { readonly row: LoadConditionRow }): JSX.Element {
  const { condition, subscriber, outcome, found } = row;
  return (
    <tr>
      <th scope="row">
        <code>{text.name(condition)}</code>
      </th>
      <td class="name">{subscriber === '' ? 'each subscriber' : text.name(subscriber)}</td>
      <td class={`outcome ${outcome ?? ''}`}>{outcome === null ? 'not judged yet' : OUTCOMES[outcome]}</td>
      <td class="name">{text.name(found || ' ')}</td>
    </tr>
  );
}
