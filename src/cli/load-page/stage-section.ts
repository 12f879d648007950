import type { LoadReport } from '../../loadtest/load-report.js';
import { timeText } from '../../loadtest/shown/load-words.js';
import type { StageResult } from '../../loadtest/stage-figures.js';
import type { StageUnit } from '../../loadtest/stage-spec.js';
import { stageText } from '../../loadtest/verdict.js';
import * as text from '../../shared/text.js';
import { type Html, html } from '../html/html.js';
import { foldedAfter } from './folded.js';
import { cell, table } from './table.js';

const SHOWN_ROWS = 20;
const COLUMNS = [
  { head: 'stage', isText: true },
  { head: 'time' },
  { head: 'intended' },
  { head: 'offered' },
  { head: 'sent late p50' },
  { head: 'p99' },
  { head: 'max' },
];

/** What was intended and what was offered in each stage, and how late. */
export function stageSection({ load }: LoadReport): Html {
  const rows = load.stages.map((stage, i) => row(stage, i + 1, load.unit));
  return html`<section id="stages">
<h2>Stages</h2>
<p class="muted">Intended: events that were due. Offered: events that were sent. Late: from when an event was due until it was sent.</p>
${rows.length === 0 ? html`<p class="missing">No stage was played.</p>` : foldedAfter(SHOWN_ROWS, rows, 'stage', (some) => table('Stages', COLUMNS, some))}
</section>`;
}

function row(stage: StageResult, number: number, unit: StageUnit): Html {
  const { intended, offered, playedS, durationS } = stage;
  const share = intended === 0 ? '' : `${((100 * offered) / intended).toFixed(1)}%`;
  return html`<tr><th scope="row">${number}: ${stageText(stage, unit)}</th>
${cell(text.anySpan(playedS), playedS < durationS ? `of ${text.anySpan(durationS)}` : '')}
${cell(text.count(intended))}${cell(text.count(offered), share)}
${[stage.lateP50Us, stage.lateP99Us, stage.lateMaxUs].map((us) => cell(timeText(us)))}</tr>`;
}
