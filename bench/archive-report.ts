/** What the archive benchmark found, for people. */
import Table from 'cli-table3';
import * as text from '../src/cli/text.js';
import { DEFAULT_READ_AHEAD_BYTES } from '../src/options.js';
import type { ArchiveResult } from './archive.js';
import type { CaseSummary, CostSummary } from './archive-summary.js';
import type { ArchiveTrial } from './archive-trial.js';
import type { CostTrial } from './cost-trial.js';
import { environmentLines } from './environment-lines.js';
import { megabytes, microseconds, shown, times, UNKNOWN } from './figures.js';

const INDEX_NAMES = { index: 'yes', noindex: 'no' } as const;

/** Lines, each ended. */
export function archiveReport(result: ArchiveResult): string {
  const parts = [
    heading(result),
    casesSection(result),
    ...(result.costs.length === 0 ? [] : [costsSection(result)]),
    environmentLines(result.environment).join('\n'),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** One line about a trial that ended. */
export function archiveTrialLine(trial: ArchiveTrial): string {
  const { index, order, cache, run, firstEventS } = trial;
  const name = `${index}, ${order}, ${cache} ${run}`;
  if (trial.state === 'invalid' || firstEventS === null) return `${name}: ${invalid(trial)}`;
  return `${name}: first event ${seconds(firstEventS)}, ${text.count(trial.eventsPerS)} events/s`;
}

/** One line about a whole night that was played. */
export function costTrialLine(trial: CostTrial): string {
  const name = `${text.counted(trial.events, 'event')} ${trial.run}`;
  if (trial.state === 'invalid') return `${name}: ${invalid(trial)}`;
  const { costCpuUs, costWallUs } = trial;
  const [cpu, wall] = [costCpuUs, costWallUs].map((us) => (us === null ? UNKNOWN : microseconds(us)));
  return `${name}: CPU ${cpu} µs/event, wall ${wall} µs/event`;
}

function invalid(trial: ArchiveTrial | CostTrial): string {
  return `INVALID: ${trial.state === 'invalid' ? trial.reasons.join('; ') : 'the first event is missing'}`;
}

function heading({ conditions, nights }: ArchiveResult): string {
  const { runs, transport, receiver, highWaterMark, workers } = conditions;
  const sizes = nights.map(
    ({ events, attributes, sizeBytes, index }) =>
      `${text.counted(events, 'event')} of ${attributes} attributes, ${text.bytes(sizeBytes)}${index === 'index' ? '' : ' without the index'}`,
  );
  return [
    'Large databases, flat out: database to subscriber, each in a process of its own',
    `${text.counted(runs, 'run')}; ${transport}, 1 subscriber in ${receiver.language}; high-water mark: ` +
      `${highWaterMark === 0 ? 'none' : text.count(highWaterMark)}; threads: ${workers ?? 'default'}`,
    ...(receiver.reason === undefined
      ? []
      : [`The subscriber in C, which is faster, could not be had: ${receiver.reason}`]),
    ...sizes,
  ].join('\n');
}

function casesSection({ conditions, cases, trials }: ArchiveResult): string {
  const table = tableWith([
    'index',
    'order',
    'state',
    'valid',
    'first event',
    'events/s',
    'lost',
    'peak RSS',
    'kept',
  ]);
  for (const summary of cases) table.push(caseCells(summary));
  const notDropped = trials.filter(({ isFromDisk }) => isFromDisk === false).length;
  return [
    `The first event of the largest night, and a run of its first ${text.count(conditions.playedEvents)}`,
    table.toString(),
    ...trials.filter(({ state }) => state === 'invalid').map(archiveTrialLine),
    ...(notDropped === 0
      ? []
      : [
          `In ${text.counted(notDropped, 'cold trial')} the database could not be dropped from the page cache`,
        ]),
    ...headStartLines(trials),
  ].join('\n');
}

function caseCells(summary: CaseSummary): string[] {
  const { index, order, cache, trials, invalidTrials, lost } = summary;
  return [
    INDEX_NAMES[index],
    order,
    cache,
    `${trials - invalidTrials} of ${trials}`,
    shown(summary.firstEventS, seconds),
    shown(summary.eventsPerS, text.count),
    text.count(lost),
    shown(summary.peakRssBytes, megabytes),
    shown(summary.keptBytes, text.bytes),
  ];
}

/** All runs are of the same size, or nearly. */
function headStartLines(trials: readonly ArchiveTrial[]): string[] {
  const bytes = trials.find(({ state }) => state === 'valid')?.bytes;
  if (bytes === undefined) return [];
  const share = Math.min(1, DEFAULT_READ_AHEAD_BYTES / bytes);
  return [
    `head start: up to ${(100 * share).toFixed(1)} % of the events were read ahead when the subscriber's clock started`,
  ];
}

function costsSection({ costs, costTrials }: ArchiveResult): string {
  const table = tableWith(['events', 'valid', 'CPU µs/event', '', 'wall µs/event', '', 'peak RSS', '']);
  for (const summary of costs) table.push(costCells(summary));
  return [
    'Cost of an event in whole nights, with the index, in the order of the table, from memory; and its ratio to that in the smallest',
    table.toString(),
    ...costTrials.filter(({ state }) => state === 'invalid').map(costTrialLine),
  ].join('\n');
}

function costCells(summary: CostSummary): string[] {
  const { events, trials, invalidTrials, ratios } = summary;
  const ratio = (value: number | null) => (value === null ? UNKNOWN : times(value));
  return [
    text.count(events),
    `${trials - invalidTrials} of ${trials}`,
    shown(summary.costCpuUs, microseconds),
    ratio(ratios.costCpu),
    shown(summary.costWallUs, microseconds),
    ratio(ratios.costWall),
    shown(summary.peakRssBytes, megabytes),
    ratio(ratios.peakRss),
  ];
}

function tableWith(head: string[]): Table.Table {
  const colAligns = head.map((name) => (['index', 'order', 'state'].includes(name) ? 'left' : 'right'));
  return new Table({ head, style: { head: [], border: [], compact: true }, colAligns });
}

function seconds(value: number): string {
  return text.duration(1e6 * value);
}
