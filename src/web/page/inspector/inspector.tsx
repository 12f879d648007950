import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { plain } from '../../../shared/plain-text.js';
import type { Overview } from '../../protocol.js';
import { timeText } from '../model/clock.js';
import { copyText } from '../model/commands.js';
import { type Entry, type LastPayload, lastPayload } from '../model/last-payload.js';
import { whyNoPast } from '../model/limits.js';
import { plays } from '../model/night.js';
import { tell } from '../model/orders.js';
import { addPlot, isPlotted, MOST_PLOTS, removePlot } from '../model/plots.js';
import { selectedTopic } from '../model/topic-rows.js';
import { putAttribute } from './attribute-drag.js';

/** The last payload of the selected topic, as a table. */
export function Inspector(): JSX.Element {
  const topic = selectedTopic.value;
  const last = lastPayload.value;
  return (
    <section class="inspector" aria-labelledby="inspector-title">
      <header>
        <h2 id="inspector-title">Last payload</h2>
        {last === undefined ? null : (
          <button type="button" onClick={() => void copyText(last.payload)}>
            Copy JSON
          </button>
        )}
      </header>
      {topic === '' ? (
        <p class="muted">Choose a topic, in the list or on the timeline.</p>
      ) : (
        <>
          <p class="subject">
            <b class="name">{plain(topic)}</b>
            <span class="muted"> {last === undefined ? NONE_YET[plays.value] : timeText(last.dueS, 3)}</span>
          </p>
          {last === undefined ? null : <Payload last={last} />}
        </>
      )}
    </section>
  );
}

/** What was sent before somebody looked is read from recordings alone. */
const NONE_YET: Readonly<Record<Overview['plays'], string>> = {
  recordings: 'nothing sent yet',
  live: 'shown with its next event',
  mock: 'shown with its next event',
};
const MOST_ENTRIES = 500;

function Payload({ last }: { readonly last: LastPayload }): JSX.Element {
  const filter = useSignal('');
  const { topic, payload, entries } = last;
  if (entries === undefined) {
    return (
      <>
        <p class="muted">No JSON object:</p>
        <pre>{plain(payload.slice(0, MOST_TEXT))}</pre>
      </>
    );
  }
  const part = filter.value.toLowerCase();
  const found = entries.filter(({ key }) => key.toLowerCase().includes(part));
  return (
    <>
      {entries.length > FEW_ENTRIES ? (
        <input
          type="search"
          placeholder="Filter attributes"
          aria-label="Filter attributes by a part of their names"
          value={filter.value}
          onInput={({ currentTarget: { value } }) => {
            filter.value = value;
          }}
        />
      ) : null}
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">attribute</th>
              <th scope="col">value</th>
              <th scope="col">type</th>
              {whyNoPast.value === undefined ? <th scope="col">plot</th> : null}
            </tr>
          </thead>
          <tbody>
            {found.slice(0, MOST_ENTRIES).map((entry) => (
              <EntryRow key={entry.key} topic={topic} entry={entry} />
            ))}
          </tbody>
        </table>
      </div>
      {found.length > MOST_ENTRIES ? (
        <p class="muted">{found.length - MOST_ENTRIES} more: filter them.</p>
      ) : null}
    </>
  );
}

const FEW_ENTRIES = 20;
const MOST_TEXT = 4000;

function EntryRow({ topic, entry }: { readonly topic: string; readonly entry: Entry }): JSX.Element {
  const { key, value, type, isChanged } = entry;
  const of = { topic, attribute: key };
  const isShown = isPlotted(of);
  const hasPast = whyNoPast.value === undefined;
  const isPlottable = hasPast && type !== 'array' && type !== 'object';
  return (
    <tr
      class={isChanged ? 'changed' : ''}
      draggable={isPlottable}
      onDragStart={(event) => putAttribute(event, of)}
    >
      <th scope="row" class="name" title={titleOf(key)}>
        {plain(key.slice(0, LONG)) || '""'}
        {key.length > LONG ? '…' : ''}
      </th>
      <td class="value" title={titleOf(value)}>
        {plain(value.slice(0, LONG))}
        {value.length > LONG ? '…' : ''}
        {isChanged ? <span class="hidden"> (changed)</span> : null}
      </td>
      <td class="type muted">{type}</td>
      {hasPast ? (
        <td>
          {isPlottable ? (
            <button
              type="button"
              class="small"
              aria-pressed={isShown}
              aria-label={`Plot ${plain(key)}`}
              title={isShown ? 'Take it off the plots' : 'Plot it; or drag the row to the plots'}
              onClick={() => {
                if (isShown) removePlot(of);
                else if (!addPlot(of)) tell(`${MOST_PLOTS} plots are the most: remove one first`, true);
              }}
            >
              {isShown ? '−' : '+'}
            </button>
          ) : null}
        </td>
      ) : null}
    </tr>
  );
}

const LONG = 160;

/** The whole of a text that is shown in part. */
function titleOf(text: string): string | undefined {
  return text.length > LONG ? plain(text.slice(0, MOST_TEXT)) : undefined;
}
