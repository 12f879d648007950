import { type Histogram, LARGEST_NS, newHistogram, percentile } from './histogram.js';

/** Lateness of the events of a topic, in microseconds. */
export interface TopicLatenessSummary {
  readonly topic: string;
  /** The name that it is sent as; absent where no topic is renamed. */
  readonly sentAs?: string;
  readonly count: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
}

/** Two digits give a resolution of one part in a hundred. */
const SIGNIFICANT_DIGITS = 2;
const FIRST_SIZE_US = 2048;
const LARGEST_US = LARGEST_NS / 1000;
/** Most topics with a histogram of their own. A histogram takes 10 to 30 KB, so this is at most 60 MB. */
const MOST_TOPICS = 2048;
/** The name under which all further topics are counted. */
export const OTHER_TOPICS = '(other topics)';

/** Records lateness by topic. */
export class TopicLateness {
  private readonly _histograms = new Map<string, Histogram>();

  /** @param latenessNs sent minus due, in nanoseconds; a value below 0 counts as 0 */
  record(topic: string, latenessNs: number): void {
    const us = latenessNs > 0 ? Math.round(latenessNs / 1000) : 0;
    (this._histograms.get(topic) ?? this._added(topic)).recordValue(us > LARGEST_US ? LARGEST_US : us);
  }

  /** By descending p99, then by name. */
  summary(): TopicLatenessSummary[] {
    return [...this._histograms]
      .map(([topic, histogram]) => ({
        topic,
        count: histogram.totalCount,
        p50Us: percentile(histogram, 50),
        p99Us: percentile(histogram, 99),
        maxUs: histogram.maxValue,
      }))
      .sort((a, b) => b.p99Us - a.p99Us || (a.topic < b.topic ? -1 : 1));
  }

  private _added(topic: string): Histogram {
    const name = this._histograms.size < MOST_TOPICS ? topic : OTHER_TOPICS;
    const known = this._histograms.get(name);
    if (known !== undefined) return known;
    const histogram = newHistogram(FIRST_SIZE_US, SIGNIFICANT_DIGITS, true);
    this._histograms.set(name, histogram);
    return histogram;
  }
}
