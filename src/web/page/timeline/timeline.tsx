import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { whyNoPast } from '../model/limits.js';
import { plays } from '../model/night.js';
import { shown } from '../model/window.js';
import { ActivityStrip } from './activity-strip.js';
import { DamageList } from './damage-list.js';
import { RangeBar } from './range-bar.js';
import { TimelineReadout } from './timeline-readout.js';
import { TimelineTools } from './timeline-tools.js';

/** What spoke when, and the tools to look at it. */
export function Timeline(): JSX.Element {
  const hoveredTopic = useSignal<string | undefined>(undefined);
  const hasPast = whyNoPast.value === undefined;
  return (
    <section class="timeline" aria-labelledby="timeline-title">
      <header>
        <h2 id="timeline-title">Timeline</h2>
        {hasPast ? (
          <>
            <TimelineReadout hoveredTopic={hoveredTopic} />
            <TimelineTools />
          </>
        ) : null}
      </header>
      {hasPast ? <Activity hoveredTopic={hoveredTopic} /> : <p class="muted">{NO_ACTIVITY[plays.value]}</p>}
    </section>
  );
}

const NO_ACTIVITY: Readonly<Record<string, string>> = {
  live: 'Nothing is recorded here, so there is no activity over time. "tcs-replay record" keeps what publishers send.',
  mock: 'Nothing is recorded here, so there is no activity over time. Give a database to see some.',
};

function Activity({ hoveredTopic }: { readonly hoveredTopic: Signal<string | undefined> }): JSX.Element {
  return (
    <>
      <ActivityStrip hoveredTopic={hoveredTopic} />
      {shown.value === undefined ? (
        <p class="muted">No event that is known so far has a recorded time.</p>
      ) : (
        <RangeBar />
      )}
      <DamageList />
    </>
  );
}
