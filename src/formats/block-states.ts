import type { TimedRows, TopicStep } from '../database/events/event-rows.js';
import { StatesBySteps } from '../database/events/states-by-steps.js';
import type { ReadRules } from '../database/recording.js';
import type { Rows } from '../database/rows.js';
import { topicTest } from '../selection/topic-filter.js';
import type { EventBlock } from './event-block.js';
import type { RecordingBlocks } from './recording-blocks.js';

/** Finds events of a file by their topics. */
export class BlockStates extends StatesBySteps {
  private readonly _blocks: RecordingBlocks;
  private readonly _isWanted: (topic: string) => boolean;

  constructor(path: string, blocks: RecordingBlocks, table: TimedRows, { keyTime, filter }: ReadRules) {
    super(path, table, keyTime);
    this._blocks = blocks;
    this._isWanted = topicTest(filter);
  }

  override *steps(rows: Rows): Generator<TopicStep> {
    if ('list' in rows) {
      const topics: (string | null)[] = [];
      const found: bigint[] = [];
      for (const row of rows.list) {
        const { block, at } = this._blocks.at(Number(row));
        if (block.topicOf[at] < 0) continue;
        const topic = block.topics[block.topicOf[at]];
        topics.push(this._isWanted(topic) ? topic : null);
        found.push(row);
      }
      yield { topics, rowOf: (index) => found[index] };
      return;
    }
    const last = Math.min(Number(rows.last), this._blocks.rows);
    for (let row = Math.max(1, Number(rows.first)); row <= last; ) {
      const number = this._blocks.numberOf(row);
      const block = this._blocks.block(number);
      const end = Math.min(last, this._blocks.lastRowOf(number));
      yield this._step(block, row - 1 - block.rowsBefore, end - block.rowsBefore);
      row = end + 1;
    }
  }

  private _step(block: EventBlock, from: number, end: number): TopicStep {
    const wanted = block.topics.map((topic) => (this._isWanted(topic) ? topic : null));
    const topics: (string | null)[] = [];
    // Rows that are no events have no topic, as those that are not wanted.
    for (let at = from; at < end; at++) topics.push(block.topicOf[at] < 0 ? null : wanted[block.topicOf[at]]);
    return { topics, rowOf: (index) => BigInt(block.rowsBefore + from + index + 1) };
  }
}
