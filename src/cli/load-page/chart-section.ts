import type { LoadReport } from '../../loadtest/load-report.js';
import { type Html, html } from '../html/html.js';
import { drawable, TIME_FIGURES, type TimeFigure } from './time-figures.js';

/** The places of the charts; the page's script draws them, and makes the legend. */
export function chartSection(report: LoadReport): Html {
  return html`<section id="over-time" class="charts">
<div class="head">
<h2>Over time</h2>
<p class="muted">Seconds from the start of the load. Dashed vertical lines are where stages begin, by their numbers, and where the load
ends.</p>
</div>
<aside id="legend" aria-label="Legend of the charts"></aside>
<div class="plots">
${TIME_FIGURES.map((figure) => timeFigure(figure, report))}
<h2 id="percentiles">Latency by percentile</h2>
<p class="muted">Each step to the right is a tenth of the remaining events. A line ends at the event that took longest.</p>
${spectrum(report)}
</div>
</section>`;
}

function timeFigure(figure: TimeFigure, { series }: LoadReport): Html {
  const { title, reading, id, allZero, ofLoad } = figure;
  const state = drawable(figure, series);
  const caption = html`<figcaption><b>${title}</b> <span class="reading">${reading}${ofLoad.map(({ name, color, dash }) => html` <span class="key"><span class="swatch" aria-hidden="true" style="border-top: 2px ${dash} var(--${color})"></span> ${name}</span>`)}</span></figcaption>`;
  if (state !== 'yes')
    return html`<figure>${caption}<p class="missing">${state === 'zero' ? allZero : 'Not measured.'}</p></figure>`;
  return html`<figure>${caption}
<div class="plot" data-figure="${id}" role="img" aria-label="${title}. ${reading} The figures of the whole test are in the tables."></div>
</figure>`;
}

function spectrum({ subscribers }: LoadReport): Html {
  if (subscribers.every(({ latency }) => latency === null)) return html`<p class="missing">Not measured.</p>`;
  return html`<figure>
<div class="plot" data-figure="spectrum" role="img" aria-label="Latency by percentile. The main percentiles are in the table of the subscribers."></div>
</figure>`;
}
