/** What the drift benchmark found, for people. */
import * as text from '../src/cli/text.js';
import type { DriftResult } from './drift.js';
import { environmentLines } from './environment-lines.js';
import { UNKNOWN } from './figures.js';

/** Lines, each ended. */
export function driftReport({ conditions, night, trial, environment, isKept }: DriftResult): string {
  const { speedup, timing, limitPpm } = conditions;
  const { received = 0, lost = night.events, drift, durationS, eventsPerS, coreShare, peakRssBytes } = trial;
  const pace = drift === null ? UNKNOWN : `${drift.ppm.toFixed(3)} ± ${drift.errorPpm.toFixed(3)} ppm`;
  const rows: [string, string][] = [
    ['drift', `${pace}, at most ${limitPpm} allowed: ${isKept ? 'kept' : 'NOT KEPT'}`],
    ['events', `${text.count(received)} received, ${text.count(lost)} lost`],
  ];
  if (trial.state === 'invalid') rows.push(['INVALID', trial.reasons.join('; ')]);
  if (durationS !== undefined && eventsPerS !== undefined)
    rows.push(['took', `${text.span(durationS)}, ${text.count(eventsPerS)} events/s`]);
  if (coreShare != null) rows.push(['CPU', `${(100 * coreShare).toFixed(1)} % of a core`]);
  if (peakRssBytes != null) rows.push(['peak RSS', text.bytes(peakRssBytes)]);
  const lines = [
    `${text.span(night.durationS)} of recorded time at -s ${speedup}, --timing ${timing}, ${text.counted(night.events, 'event')}`,
    ...rows.map(([name, value]) => `  ${name.padEnd(10)} ${value}`),
    '',
    ...environmentLines(environment),
  ];
  return `${lines.join('\n')}\n`;
}
