import { decodeFromCompressedBase64, HistogramLogWriter } from 'hdr-histogram-js';
import { type BenchResult, HISTOGRAM_NAMES } from './result.js';

/** Divides nanoseconds for the column Interval_Max, which is in milliseconds. */
const NS_A_MS = 1e6;

/** One histogram of a trial, as an entry of the log. */
interface Entry {
  readonly tag: string;
  readonly startedS: number;
  readonly encoded: string;
}

/**
 * All histograms of valid trials as an interval log of HdrHistogram, version 1.3, which its tools and
 * libraries read. Each line is one histogram of nanoseconds with the tag `scenario/case/histogram/round`. Its
 * interval is from the start of its trial to the start of the next one.
 */
export function histogramLog(result: BenchResult): string {
  const lines: string[] = [];
  // The library ends the start time's line twice; HdrHistogram's own writer leaves no empty line.
  const writer = new HistogramLogWriter((line) => lines.push(line.replace(/\n+$/, '\n')));
  const startMs = Date.parse(result.environment.date);
  writer.outputComment(
    '[Logged with the benchmark of tcs-replay: nanoseconds after due; Interval_Max in ms]',
  );
  writer.outputLogFormatVersion();
  writer.outputStartTime(startMs);
  writer.outputComment(`[BaseTime: ${(startMs / 1000).toFixed(3)} (seconds since epoch)]`);
  writer.outputLegend();
  const endsS = trialEndsS(result);
  for (const { tag, startedS, encoded } of entries(result)) {
    const histogram = decodeFromCompressedBase64(encoded);
    histogram.tag = tag;
    writer.outputIntervalHistogram(histogram, startedS, endsS.get(startedS), NS_A_MS);
  }
  return lines.join('');
}

/** Sorted by time, as readers expect. */
function entries({ scenarios }: BenchResult): Entry[] {
  const all: Entry[] = [];
  for (const { name, cases } of scenarios) {
    for (const { id, trials } of cases) {
      for (const { run, startedS, histograms } of trials.filter(({ state }) => state === 'valid')) {
        for (const kind of HISTOGRAM_NAMES) {
          const kept = histograms[kind];
          if (kept !== undefined)
            all.push({ tag: tagOf([name, id, kind, run]), startedS, encoded: kept.encoded });
        }
      }
    }
  }
  return all.sort((a, b) => a.startedS - b.startedS);
}

/** The latest possible end of each trial, keyed by its start; both in seconds. */
function trialEndsS({ scenarios, durationS }: BenchResult): ReadonlyMap<number, number> {
  const startsS = scenarios.flatMap(({ cases }) =>
    cases.flatMap(({ trials }) => trials.map(({ startedS }) => startedS)),
  );
  const sorted = startsS.sort((a, b) => a - b);
  return new Map(sorted.map((startedS, i) => [startedS, sorted[i + 1] ?? durationS]));
}

/** `16 attributes, index` becomes `16-attributes-index`: a comma or a blank would end a tag. */
function tagOf(parts: readonly (string | number)[]): string {
  return parts.map((part) => String(part).replace(/[\s,]+/g, '-')).join('/');
}
