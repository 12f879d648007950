import type { AttributeHistory } from '../database/places/attribute-history.js';
import type { TimeBins } from '../database/places/time-bins.js';
import type { TopicCounts } from '../database/places/topic-counts.js';
import type { ReadRules } from '../database/recording.js';
import { cutRows, type RowRange } from '../database/rows.js';
import type { AnyRecording } from '../formats/file-recording.js';
import { filterOfTopic } from '../selection/topic-filter.js';
import type { TaskRunner } from '../threads/task-runner.js';
import type { SourceSurvey } from './source.js';

/** Rows of a part: a thread reads them in some tens of milliseconds, so that it soon decodes again. */
const ROWS_A_PART = 32_768;
/** The same where there is no thread but the main one, which has to send meanwhile. */
const ROWS_IN_MAIN_THREAD = 512;

/** Row ids may be anywhere between the least and the largest number of 64 bits: then parts are longer. */
const MOST_PARTS = 4096;

/** Surveys a recording by its rows. */
export class RowSurvey implements SourceSurvey {
  private readonly _runner: TaskRunner;
  private readonly _recording: AnyRecording;
  private readonly _rules: ReadRules;
  private readonly _rowsAPart: number;

  /** @param workers number of threads */
  constructor(runner: TaskRunner, recording: AnyRecording, rules: ReadRules, workers: number) {
    this._runner = runner;
    this._recording = recording;
    this._rules = rules;
    this._rowsAPart = workers === 0 ? ROWS_IN_MAIN_THREAD : ROWS_A_PART;
  }

  async parts(fromS: number, toS: number): Promise<RowRange[]> {
    const { _recording: recording, _rules: rules } = this;
    const { rows: extent } = recording;
    if (extent === undefined) return [];
    const shape = await this._runner.run('shape', { recording, rules, extent });
    const ranges = [{ startS: fromS, endS: toS }];
    const rows = await this._runner.run('rows', { recording, rules, extent, shape, ranges });
    return rows.flatMap((range) => {
      const parts = Math.ceil(Number(range.last - range.first + 1n) / this._rowsAPart);
      return cutRows(range, Math.min(parts, MOST_PARTS));
    });
  }

  topicCounts(rows: RowRange, bins: TimeBins, samples?: number): Promise<TopicCounts> {
    const { _recording: recording, _rules: rules } = this;
    return this._runner.run('topicCounts', { recording, rules, rows, bins, samples, ranges: rules.ranges });
  }

  history(
    rows: RowRange,
    topic: string,
    attribute: string,
    bins: TimeBins,
    samples?: number,
  ): Promise<AttributeHistory> {
    const { _recording: recording, _rules: rules } = this;
    return this._runner.run('history', {
      ...{ recording, rows, topic, attribute, bins, samples, ranges: rules.ranges },
      rules: {
        ...rules,
        filter: filterOfTopic(topic, rules.filter),
        format: 'json',
        timeSlots: false,
        ranges: undefined,
      },
    });
  }
}
