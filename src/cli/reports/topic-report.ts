import type { AttributeFacts, ValueType } from '../../inspect/survey/attribute-profile.js';
import type { SurveyFacts } from '../../inspect/survey/survey.js';
import type { TopicFacts } from '../../inspect/survey/topic-survey.js';
import * as text from '../../shared/text.js';
import { type Column, columns, shortened } from '../text/columns.js';
import type { ReportLayout, TopicOrder } from './report-layout.js';

/** Up to this number of topics, their attributes are shown even without --attributes. */
const FEW_TOPICS = 3;
const LEAST_NAME_WIDTH = 16;
const ATTRIBUTE_WIDTH = 40;
const TOPIC_WIDTH = 40;
const LARGEST_SHOWN = 1e6;
/** A narrower table leaves the types out. */
const LEAST_COLUMNS_WITH_TYPES = 96;
const SHORT_TYPES: Record<ValueType, string> = {
  number: 'num',
  boolean: 'bool',
  string: 'str',
  null: 'null',
};

const ORDERS: Record<TopicOrder, (a: TopicFacts, b: TopicFacts) => number> = {
  count: (a, b) => b.events - a.events,
  bytes: (a, b) => b.bytes - a.bytes,
  name: () => 0,
  gap: (a, b) => orZero(b.largestGapS) - orZero(a.largestGapS),
};

/** Sorts topics; those that are equal in this order are sorted by name. */
export function sortedTopics(topics: readonly TopicFacts[], order: TopicOrder): TopicFacts[] {
  const byName = (a: TopicFacts, b: TopicFacts) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : 0);
  return [...topics].sort((a, b) => ORDERS[order](a, b) || byName(a, b));
}

/** The section of topics, then a section for the attributes of each topic, if attributes are shown. */
export function topicLines(survey: SurveyFacts, layout: ReportLayout): string[][] {
  const { topics, events, bytes } = survey;
  const { sortTopics, mostTopics, columns: width } = layout;
  const sorted = sortedTopics(topics, sortTopics);
  const shown = mostTopics === 0 ? sorted : sorted.slice(0, mostTopics);
  const hasTypes = width >= LEAST_COLUMNS_WITH_TYPES;
  const heads = [
    'topic',
    'events',
    'share',
    'rate/s',
    'bytes',
    'longest gap',
    ...(hasTypes ? ['attributes'] : []),
  ];
  const rows = shown.map((topic) => [
    text.count(topic.events),
    percent(topic.events / events),
    rate(topic.rateHz),
    percent(topic.bytes / bytes),
    Number.isNaN(topic.largestGapS) ? '' : text.anySpan(topic.largestGapS),
    ...(hasTypes ? [typeCounts(topic.attributes)] : []),
  ]);
  const columnHeads = heads.map((head): Column => {
    return { head, align: head === 'topic' || head === 'attributes' ? 'left' : 'right' };
  });
  const nameWidth = widthLeft(width, columnHeads.slice(1), rows);
  const table = columns(
    columnHeads,
    shown.map((topic, i) => [shortened(text.name(topic.topic), nameWidth), ...rows[i]]),
  );
  const lines = [`Topics, by ${sortTopics}`, table];
  if (shown.length < topics.length) {
    lines.push(`  ${text.counted(topics.length - shown.length, 'topic')} more: --limit-topics 0 shows all`);
  }
  const isDetailed = layout.attributes || shown.length <= FEW_TOPICS;
  return [lines, ...(isDetailed ? shown.map((topic) => attributeLines(topic, width)) : [])];
}

/** The width that the other columns of a table leave for a column of names. */
function widthLeft(width: number, heads: readonly Column[], rows: readonly (readonly string[])[]): number {
  const taken = heads
    .map(({ head }, at) => 2 + Math.max(head.length, ...rows.map((row) => row[at].length)))
    .reduce((sum, each) => sum + each, 2);
  return Math.max(LEAST_NAME_WIDTH, width - taken);
}

function attributeLines(topic: TopicFacts, width: number): string[] {
  const rows = topic.attributes.map((attribute) => [
    Object.keys(attribute.types).join(', '),
    attribute.isAlwaysThere ? '' : 'not always',
    rangeOf(attribute),
  ]);
  const heads = [{ head: 'attribute' }, { head: 'types' }, { head: '' }, { head: 'numbers' }];
  const nameWidth = Math.min(ATTRIBUTE_WIDTH, widthLeft(width, heads.slice(1), rows));
  const named = rows.map((row, i) => [shortened(text.name(topic.attributes[i].key), nameWidth), ...row]);
  return [
    `${shortened(text.name(topic.topic), TOPIC_WIDTH)}: attributes of ${text.counted(topic.sampledEvents, 'event')} of it`,
    columns(heads, named),
  ];
}

/** `12 num, 3 str`: an attribute counts for the type that most of its values have. */
function typeCounts(attributes: readonly AttributeFacts[]): string {
  const counts = new Map<string, number>();
  for (const { types } of attributes) {
    const [[type]] = Object.entries(types).sort(([, a], [, b]) => b - a);
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([type, number]) => `${number} ${SHORT_TYPES[type as ValueType]}`)
    .join(', ');
}

function rangeOf({ range }: AttributeFacts): string {
  if (range === undefined) return '';
  return range.least === range.most ? short(range.least) : `${short(range.least)} to ${short(range.most)}`;
}

function short(value: number): string {
  return Math.abs(value) >= LARGEST_SHOWN || Number.isInteger(value)
    ? String(value)
    : String(Number(value.toPrecision(6)));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

function rate(hz: number): string {
  if (Number.isNaN(hz)) return '';
  return hz >= 100 ? text.count(hz) : hz.toPrecision(3);
}

function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}
