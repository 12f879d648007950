import type { SeriesPoint, SubscriberPoint } from '../../loadtest/load-report.js';

export type FigureUnit = 'perS' | 'events' | 'us' | 'share';

/** What a chart shows over the time of a load test. */
export interface TimeFigure {
  readonly id: string;
  readonly title: string;
  /** How to read it, in a sentence. */
  readonly reading: string;
  /** Stands in place of a chart in which all is 0. */
  readonly allZero: string;
  readonly unit: FigureUnit;
  /** The head of its column in the legend. */
  readonly head: string;
  readonly of: (point: SubscriberPoint) => number | null;
  /** Figures of the load itself that stand in the same chart. */
  readonly ofLoad: readonly LoadLine[];
}

export interface LoadLine {
  readonly name: string;
  /** Name of a custom property of the style sheet. */
  readonly color: string;
  readonly dash: 'solid' | 'dashed' | 'dotted';
  readonly of: (point: SeriesPoint) => number | null;
}

export const TIME_FIGURES: readonly TimeFigure[] = [
  {
    ...{ id: 'rate', title: 'Events a second', unit: 'perS', head: 'got/s' },
    reading: 'What was intended, what was offered, and what each subscriber received.',
    allZero: 'Nothing was sent.',
    of: ({ receivedPerS }) => receivedPerS,
    ofLoad: [
      { name: 'intended', color: 'faint', dash: 'dashed', of: ({ intendedPerS }) => intendedPerS },
      { name: 'offered', color: 'ink', dash: 'solid', of: ({ offeredPerS }) => offeredPerS },
    ],
  },
  {
    ...{ id: 'lag', title: 'Events behind', unit: 'events', head: 'behind' },
    reading: 'Events that were sent and that a subscriber had not received.',
    allZero: 'No subscriber was behind at any moment that was looked at.',
    of: ({ lag }) => lag,
    ofLoad: [],
  },
  {
    ...{ id: 'lost', title: 'Events lost so far', unit: 'events', head: 'lost' },
    reading: 'Events that a subscriber will never get, from the start of the load on.',
    allZero:
      'No loss was seen while the load test went on. The table of the subscribers has the count at the end.',
    of: ({ lost }) => lost,
    ofLoad: [],
  },
  {
    ...{ id: 'latency', title: 'Latency p99', unit: 'us', head: 'p99' },
    reading: 'From when events were due until they were received, and how late they were sent.',
    allZero: 'No latency was measured.',
    of: ({ p99Us }) => p99Us,
    ofLoad: [{ name: 'sent late', color: 'ink', dash: 'dotted', of: ({ lateP99Us }) => lateP99Us }],
  },
  {
    ...{ id: 'backed-up', title: 'Backed up', unit: 'share', head: 'backed up' },
    reading: 'Share of the time in which the connection of a subscriber had no room for more.',
    allZero: 'No subscriber was ever backed up.',
    of: ({ backedUpShare }) => backedUpShare,
    ofLoad: [],
  },
];

/** Whether a figure can be drawn: `unknown` where nobody measured it, `zero` where it was 0 all the time. */
export function drawable(figure: TimeFigure, series: readonly SeriesPoint[]): 'yes' | 'zero' | 'unknown' {
  const values = series.flatMap((point) => [
    ...figure.ofLoad.map(({ of }) => of(point)),
    ...point.subscribers.map(figure.of),
  ]);
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return 'unknown';
  return known.some((value) => value > 0) ? 'yes' : 'zero';
}
