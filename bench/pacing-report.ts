/** What the pacing benchmark found, for people. */
import Table from 'cli-table3';
import * as text from '../src/cli/text.js';
import { environmentLines, peerLine } from './environment-lines.js';
import { shown } from './figures.js';
import type { PacedNight } from './paced-night.js';
import type { PacingResult, PacingTrial } from './pacing.js';
import { type PacingSummary, PERCENTILES, type Percentiles } from './pacing-summary.js';

/** Lines, each ended. */
export function pacingReport(result: PacingResult): string {
  const { environment, nights } = result;
  const parts = [
    heading(result),
    ...nights.map((night) => section(night, result)),
    [...environmentLines(environment), peerLine(environment)].join('\n'),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** One line about a trial that ended. */
export function pacingTrialLine(trial: PacingTrial): string {
  const name = `${trial.publisher} ${trial.run}, ${text.count(trial.ratePerS)} events/s`;
  if (trial.state === 'invalid') return `${name}: INVALID: ${trial.reasons.join('; ')}`;
  const { sendLateness, coreShare } = trial;
  const figures = sendLateness === null ? [] : PERCENTILES.map((name) => text.duration(sendLateness[name]));
  const cpu = coreShare === null ? '' : `, ${percent(coreShare)} of a core`;
  return `${name}: sent ${figures.join(', ')} after it was due (p50, p99, p99.9, max)${cpu}`;
}

function heading({ conditions }: PacingResult): string {
  const { runs, durationS, transport, receiver, speedup } = conditions;
  return [
    `Lateness at the recorded pace (-s ${speedup}): database to subscriber, each in a process of its own, publishers in turns`,
    `${text.counted(runs, 'run')} of ${durationS} s; ${transport}, 1 subscriber in ${receiver.language}; median of the runs, and its range`,
    'sent: by the publisher, when it sends an event; arrived: by the subscriber, when it has it; both after it was due',
  ].join('\n');
}

function section({ ratePerS, events }: PacedNight, { summaries, trials }: PacingResult): string {
  const table = new Table({
    head: ['', 'valid', 'lost', '', 'p50', 'p99', 'p99.9', 'max', 'core'],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'left', 'right', 'right', 'right', 'right', 'right'],
  });
  for (const summary of summaries.filter((other) => other.ratePerS === ratePerS)) table.push(cells(summary));
  const ofRate = trials.filter((trial) => trial.ratePerS === ratePerS);
  return [
    `${text.count(ratePerS)} events/s, ${text.counted(events, 'event')}`,
    table.toString(),
    ...ofRate.filter(({ state }) => state === 'invalid').map(pacingTrialLine),
  ].join('\n');
}

function cells(summary: PacingSummary): string[] {
  const { publisher, trials, invalidTrials, lost, send, sendToPeer, arrival, coreShare } = summary;
  const isPeer = publisher === 'peer';
  const rows: [string, Percentiles, (value: number) => string][] = [
    ['sent', send, text.duration],
    ...(isPeer ? [] : [['  to peer', sendToPeer, times] as [string, Percentiles, typeof times]]),
    ['arrived', arrival, text.duration],
  ];
  return [
    publisher,
    `${trials - invalidTrials} of ${trials}`,
    text.count(lost),
    rows.map(([name]) => name).join('\n'),
    ...PERCENTILES.map((name) => rows.map(([, spreads, format]) => shown(spreads[name], format)).join('\n')),
    shown(coreShare, percent),
  ];
}

/** Ours may be a hundredth of the peer's. */
function times(ratio: number): string {
  return `${ratio < 1 ? ratio.toPrecision(2) : ratio.toFixed(2)} ×`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
