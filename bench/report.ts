/** What a benchmark found, for people. */
import Table from 'cli-table3';
import * as text from '../src/cli/text.js';
import type { EndToEndResult } from './end-to-end.js';
import { environmentLines, peerLine } from './environment-lines.js';
import { megabytes, microseconds, shown, times } from './figures.js';
import type { Night } from './night.js';
import { PUBLISHERS } from './publisher.js';
import type { Spread } from './spread.js';
import type { Start } from './start.js';
import type { HeadStart, PublisherSummary, Summary } from './summary.js';
import type { Trial } from './trial.js';

/** Lines, each ended. */
export function report(result: EndToEndResult): string {
  const { environment, large } = result;
  const parts = [
    heading(result),
    section(result.night, result),
    ...(large === null ? [] : [section(large.night, large)]),
    [...environmentLines(environment), peerLine(environment)].join('\n'),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** One line about a trial that ended. */
export function trialLine(trial: Trial, night: Night): string {
  const name = `${trial.publisher} ${trial.run}, ${text.count(night.events)} events`;
  if (trial.state === 'invalid') return `${name}: INVALID: ${trial.reasons.join('; ')}`;
  return `${name}: ${text.count(trial.eventsPerS)} events/s`;
}

function heading({ conditions }: EndToEndResult): string {
  const { runs, transport, receiver, highWaterMark, workers, pageCache } = conditions;
  const mark = highWaterMark === 0 ? 'none' : text.count(highWaterMark);
  const caches = {
    warm: 'database in memory',
    cold: 'database read from the disk',
    unavailable: 'database in memory (--cold: it could not be dropped from there)',
  };
  return [
    'End to end, flat out: database to subscriber, each in a process of its own, publishers in turns',
    `${text.counted(runs, 'run')}; ${transport}, 1 subscriber in ${receiver.language}; high-water mark: ours ${mark}, peer none; ` +
      `threads of ours: ${workers ?? 'default'}; ${caches[pageCache]}`,
    ...(receiver.reason === undefined
      ? []
      : [`The subscriber in C, which is faster, could not be had: ${receiver.reason}`]),
  ].join('\n');
}

interface Section {
  readonly trials: readonly Trial[];
  readonly summary: Summary;
  readonly start: Start | null;
}

function section(night: Night, { trials, summary, start }: Section): string {
  const { events, attributes, sizeBytes } = night;
  const lines = [
    `${text.counted(events, 'event')} of ${attributes} attributes, ${text.bytes(sizeBytes)}`,
    table(summary),
    ...invalidLines(trials, night),
    ...(summary.ratio === null ? [] : [ratioLine(summary.ratio)]),
    ...(summary.headStart === null ? [] : [headStartLine(summary.headStart, summary)]),
    ...(start === null ? [] : [startLine(start)]),
  ];
  return lines.join('\n');
}

function table({ publishers }: Summary): string {
  const table = new Table({
    head: ['', 'valid', 'events/s', 'MB/s', 'lost', 'peak RSS', 'CPU µs/event'],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
  });
  for (const name of PUBLISHERS) {
    const summary = publishers[name];
    if (summary !== undefined) table.push([name, ...cells(summary)]);
  }
  return table.toString();
}

function cells(summary: PublisherSummary): string[] {
  const { trials, invalidTrials, eventsPerS, bytesPerS, lost, peakRssBytes, cpuUsPerEvent } = summary;
  return [
    `${trials - invalidTrials} of ${trials}`,
    shown(eventsPerS, text.count),
    shown(bytesPerS, (value) => (value / 1e6).toFixed(1)),
    text.count(lost),
    shown(peakRssBytes, megabytes),
    shown(cpuUsPerEvent, microseconds),
  ];
}

function invalidLines(trials: readonly Trial[], night: Night): string[] {
  return trials.filter(({ state }) => state === 'invalid').map((trial) => trialLine(trial, night));
}

function ratioLine(ratio: Spread): string {
  return `ours / peer: ${shown(ratio, times)} events/s, pair by pair`;
}

function headStartLine({ share, eventsPerSAtLeast }: HeadStart, { publishers }: Summary): string {
  const head = 'head start: ours reads ahead while it waits for subscribers';
  if (share === 1) return `${head}: all of so few events may have been ready, so its rate says little`;
  const peer = publishers.peer?.eventsPerS;
  const ratio = peer == null ? '' : `, ${times(eventsPerSAtLeast / peer.median)} the peer`;
  return (
    `${head}: up to ${(100 * share).toFixed(1)} % of the events were ready; ` +
    `without any of these: ${text.count(eventsPerSAtLeast)} events/s${ratio}`
  );
}

function startLine({ firstEventS, peakRssBytes }: Start): string {
  const seconds = shown(firstEventS, (value) => `${(1000 * value).toFixed(0)} ms`);
  return `first event: within ${seconds} of the start of the process; peak RSS by then ${shown(peakRssBytes, megabytes)}`;
}
