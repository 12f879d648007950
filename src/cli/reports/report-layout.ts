import type { TimeZone } from '../../selection/time-zone.js';

/** Layout of the report of `info`. */
export interface ReportLayout {
  /** Width of the terminal. */
  readonly columns: number;
  /** Zone of all times. */
  readonly zone: TimeZone;
  /** Infinity: flat out. */
  readonly speedup: number;
  readonly sortTopics: TopicOrder;
  /** Most topics that are shown; 0: all. */
  readonly mostTopics: number;
  /** Show the attributes of each topic that is shown. */
  readonly attributes: boolean;
}

export type TopicOrder = 'count' | 'bytes' | 'name' | 'gap';
export const TOPIC_ORDERS: readonly TopicOrder[] = ['count', 'bytes', 'name', 'gap'];
