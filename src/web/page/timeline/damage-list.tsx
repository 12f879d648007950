import type { JSX } from 'preact';
import { plain } from '../../../shared/plain-text.js';
import * as text from '../../../shared/text.js';
import { timeText } from '../model/clock.js';
import { strip } from '../model/strip.js';

const MOST_DAMAGE = 100;

/** Where the recordings are damaged, and why their activity could not be read. */
export function DamageList(): JSX.Element | null {
  const damage = strip.value?.damage ?? [];
  const fault = strip.value?.fault;
  if (damage.length === 0 && fault === undefined) return null;
  return (
    <>
      {fault === undefined ? null : <p class="error">The activity could not be read: {plain(fault)}</p>}
      {damage.length === 0 ? null : (
        <details class="damage">
          <summary>{text.counted(damage.length, 'damaged place')}</summary>
          <ul>
            {damage.slice(0, MOST_DAMAGE).map(({ fromS, toS, text: what }, i) => (
              <li key={i}>
                {fromS === null && toS === null ? 'at an unknown time' : timeText(fromS ?? toS)}:{' '}
                {plain(what)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
