import { type ReadonlySignal, useComputed } from '@preact/signals';
import type { JSX } from 'preact';
import { plain } from '../../../shared/plain-text.js';
import * as text from '../../../shared/text.js';
import { timeText } from '../model/clock.js';
import { topicList } from '../model/night.js';
import { strip } from '../model/strip.js';
import { cursorS, shown } from '../model/window.js';

/** What is at the pointer, or else which time is shown. @param hoveredTopic undefined: the pointer is at the row of none */
export function TimelineReadout({
  hoveredTopic,
}: {
  readonly hoveredTopic: ReadonlySignal<string | undefined>;
}): JSX.Element {
  const readout = useComputed(() => {
    const at = cursorS.value;
    if (at === null) return `${spanText()}${doneText()}`;
    return `${timeText(at, digitsOf())}${countText(at, hoveredTopic.value)}`;
  });
  return (
    <output class="readout muted" aria-live="off">
      {readout}
    </output>
  );
}

/** Seconds that are shown with their decimals. */
const SHORT_S = 10;

function digitsOf(): number {
  const span = shown.value;
  return span !== undefined && span.toS - span.fromS < 600 ? 3 : 0;
}

function spanText(): string {
  const span = shown.value;
  if (span === undefined) return '';
  const spanS = span.toS - span.fromS;
  const digits = spanS < SHORT_S ? digitsOf() : 0;
  return `${timeText(span.fromS, digits)} – ${timeText(span.toS, digits)}, ${text.anySpan(spanS)}`;
}

function doneText(): string {
  const done = strip.value?.done ?? 0;
  if (strip.value === undefined) return shown.value === undefined ? '' : ' · reading';
  return done < 1 && strip.value.fault === undefined ? ` · ${text.percent(done)} read` : '';
}

function countText(timeS: number, name: string | undefined): string {
  const known = strip.value;
  if (known === undefined || timeS < known.fromS || timeS >= known.toS) return '';
  const binS = (known.toS - known.fromS) / known.bins;
  const bin = Math.floor((timeS - known.fromS) / binS);
  const id = topicList.value.topics.findIndex((topic) => topic.name === name);
  const counts = name === undefined ? known.total : known.counts.get(id);
  const what = name === undefined ? '' : ` ${plain(name)}`;
  return counts === undefined
    ? what
    : `${what}: ${text.counted(counts[bin] ?? 0, 'event')} in ${text.anySpan(binS)}`;
}
