import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { shown } from '../model/window.js';
import { ActivityStrip } from './activity-strip.js';
import { DamageList } from './damage-list.js';
import { RangeBar } from './range-bar.js';
import { TimelineReadout } from './timeline-readout.js';
import { TimelineTools } from './timeline-tools.js';

/** What spoke when, and the tools to look at it. */
export function Timeline(): JSX.Element {
  const hoveredTopic = useSignal<string | undefined>(undefined);
  return (
    <section class="timeline" aria-labelledby="timeline-title">
      <header>
        <h2 id="timeline-title">Timeline</h2>
        <TimelineReadout hoveredTopic={hoveredTopic} />
        <TimelineTools />
      </header>
      <ActivityStrip hoveredTopic={hoveredTopic} />
      {shown.value === undefined ? <p class="muted">The times of the recordings are not known yet.</p> : null}
      <RangeBar />
      <DamageList />
    </section>
  );
}
