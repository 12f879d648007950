import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import * as text from '../../../shared/text.js';
import type { LoadBound, LoadSearch, LoadTrial } from '../../load-protocol.js';
import { useSize } from '../use-size.js';

const HEIGHT = 160;
/** In CSS pixels: for the figures at the left, and those below and above. */
const [LEFT, RIGHT, TOP, BOTTOM] = [56, 12, 16, 18];
const RADIUS = 4;
/** A logarithmic axis has no 0. */
const LEAST_US = 1;

/** A figure of trials over their loads. */
interface Figure {
  readonly title: string;
  readonly of: (trial: LoadTrial) => number | null;
  /** Of the value on the axis. */
  readonly textOf: (value: number) => string;
  /** Where a value stands on the axis, in any unit. */
  readonly at: (value: number) => number;
}

const LATENCY: Figure = {
  title: 'Latency p99',
  of: ({ p99Us }) => p99Us,
  textOf: text.duration,
  at: (us) => Math.log10(Math.max(us, LEAST_US)),
};
const LOSS: Figure = {
  title: 'Events lost',
  of: ({ lost }) => lost,
  textOf: text.count,
  at: (events) => Math.log10(1 + events),
};
const LAG: Figure = {
  title: 'Growth of the lag',
  of: ({ lagShare }) => lagShare,
  textOf: (share) => `${(100 * share).toFixed(1)}%/s`,
  at: (share) => share,
};

/** Load against latency, or what else is known of the worst subscriber: where it rises, a subscriber gives way. */
export function KneeChart({ search }: { readonly search: LoadSearch }): JSX.Element | null {
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box).value;
  const { trials, lower, upper } = search;
  const figure = [LATENCY, LAG, LOSS].find(({ of }) => trials.some((trial) => of(trial) !== null));
  const title =
    figure === undefined ? '' : `${figure.title} of the worst subscriber, against the load that was aimed at`;
  return (
    <figure class="knee">
      {figure === undefined ? null : (
        <figcaption>
          <b>{figure.title}</b> <span class="muted">of the worst subscriber, against the load aimed at</span>
        </figcaption>
      )}
      <div ref={box}>
        {figure === undefined || width < 2 * LEFT ? null : (
          <svg width={width} height={HEIGHT} role="img" aria-label={title}>
            <Plot {...{ trials, lower, upper, figure, width }} />
          </svg>
        )}
      </div>
    </figure>
  );
}

interface PlotProps {
  readonly trials: readonly LoadTrial[];
  readonly lower: LoadBound | null;
  readonly upper: LoadBound | null;
  readonly figure: Figure;
  readonly width: number;
}

function Plot({ trials, lower, upper, figure, width }: PlotProps): JSX.Element {
  const points = trials.flatMap((trial) => {
    const value = figure.of(trial);
    return value === null ? [] : [{ trial, value }];
  });
  const ascending = trials.toSorted((a, b) => a.load - b.load);
  const [least, most] = [ascending[0], ascending[ascending.length - 1]];
  const xOf = scale(Math.log(least.load), Math.log(most.load), LEFT + RADIUS, width - RIGHT - RADIUS);
  const values = points.map(({ value }) => value).sort((a, b) => figure.at(a) - figure.at(b));
  const [lowest, highest] = [values[0], values[values.length - 1]];
  const yOf = scale(figure.at(lowest), figure.at(highest), HEIGHT - BOTTOM - RADIUS, TOP + RADIUS);
  const x = (load: number) => xOf(Math.log(load));
  return (
    <>
      <line class="axis" x1={LEFT} y1={HEIGHT - BOTTOM} x2={width - RIGHT} y2={HEIGHT - BOTTOM} />
      <line class="axis" x1={LEFT} y1={TOP} x2={LEFT} y2={HEIGHT - BOTTOM} />
      {[...new Set([lowest, highest])].map((value) => (
        <text key={value} x={LEFT - 6} y={yOf(figure.at(value)) + RADIUS} text-anchor="end">
          {figure.textOf(value)}
        </text>
      ))}
      <text x={LEFT} y={HEIGHT - RADIUS}>
        {least.text}
      </text>
      {most.load === least.load ? null : (
        <text x={width - RIGHT} y={HEIGHT - RADIUS} text-anchor="end">
          {most.text}
        </text>
      )}
      {lower === null ? null : <Bound x={x(lower.load)} label={`${lower.text} holds`} anchor="end" />}
      {upper === null ? null : <Bound x={x(upper.load)} label={`${upper.text} does not`} anchor="start" />}
      {points.map(({ trial, value }) => (
        <circle
          key={trial.number}
          class={trial.outcome}
          cx={x(trial.load)}
          cy={yOf(figure.at(value))}
          r={RADIUS}
        >
          <title>{`${trial.text}: ${figure.textOf(value)}, ${trial.outcome}`}</title>
        </circle>
      ))}
    </>
  );
}

interface BoundProps {
  readonly x: number;
  readonly label: string;
  /** Where the text stands: `end` is left of the line. */
  readonly anchor: 'start' | 'end';
}

function Bound({ x, label, anchor }: BoundProps): JSX.Element {
  // At the edge a text on the outer side would be cut.
  const isAtEdge = anchor === 'end' && x < 3 * LEFT;
  const at = isAtEdge ? 'start' : anchor;
  return (
    <>
      <line class="bound" x1={x} y1={TOP} x2={x} y2={HEIGHT - BOTTOM} />
      <text x={at === 'end' ? x - RADIUS : x + RADIUS} y={TOP - RADIUS} text-anchor={at}>
        {label}
      </text>
    </>
  );
}

/** Brings values from one range to another; a range of one value to the middle. */
function scale(from: number, to: number, start: number, end: number): (value: number) => number {
  return (value) =>
    to === from ? (start + end) / 2 : start + ((value - from) / (to - from)) * (end - start);
}
