import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { attributeOf, hasAttribute } from '../inspector/attribute-drag.js';
import { whyNoPast } from '../model/limits.js';
import { tell } from '../model/orders.js';
import { addPlot, MOST_PLOTS, plots } from '../model/plots.js';
import { Plot } from './plot.js';

/** The attributes that are plotted; others can be dropped here. */
export function PlotList(): JSX.Element {
  const isOver = useSignal(false);
  if (whyNoPast.value !== undefined) return <NoPlots />;
  const drop = (event: DragEvent) => {
    isOver.value = false;
    const of = attributeOf(event);
    if (of === undefined) return;
    event.preventDefault();
    if (!addPlot(of)) tell(`${MOST_PLOTS} plots are the most: remove one first`, true);
  };
  return (
    <section
      class={`plots ${isOver.value ? 'over' : ''}`}
      aria-labelledby="plots-title"
      onDragOver={(event) => {
        if (!hasAttribute(event)) return;
        event.preventDefault();
        isOver.value = true;
      }}
      onDragLeave={() => {
        isOver.value = false;
      }}
      onDrop={drop}
    >
      <header>
        <h2 id="plots-title">Plots</h2>
      </header>
      {plots.value.length === 0 ? (
        <p class="muted">Drag an attribute of a payload here, or press + beside it.</p>
      ) : null}
      {plots.value.map(({ of, key, series }) => (
        <Plot key={key} of={of} series={series} />
      ))}
    </section>
  );
}

function NoPlots(): JSX.Element {
  return (
    <section class="plots" aria-labelledby="plots-title">
      <header>
        <h2 id="plots-title">Plots</h2>
      </header>
      <p class="muted">
        Plots show what was recorded, and nothing is recorded here. Foxglove and PlotJuggler plot what comes.
      </p>
    </section>
  );
}
