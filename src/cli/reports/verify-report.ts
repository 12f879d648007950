import * as text from '../../shared/text.js';
import {
  type Comparison,
  type Counted,
  isSame,
  type MissingStretch,
  type OddEvent,
} from '../../verify/comparison.js';
import { columns, shortened } from '../text/columns.js';

const MOST_SHOWN = 8;
const MOST_TOPICS = 12;
const TOPIC_WIDTH = 48;

/** What was found, in a few lines for people. `--json` has all. */
export function verifyReport(comparison: Comparison): string {
  const { sent, received, matchedBy, missing, doubled, reordered, altered, foreign, delay } = comparison;
  const lines = [
    isSame(comparison)
      ? `All ${text.counted(sent, 'event')} came, once, in order and unaltered`
      : `${text.counted(sent, 'event')} sent, ${text.count(received)} received: they differ`,
    `  matched     by ${matchedBy === 'content' ? 'topic and content' : matchedBy}`,
    ...missingLines(comparison, missing),
    ...oddLines('doubled', doubled, 'came more than once'),
    ...oddLines('reordered', reordered, 'came after one that was sent later'),
    ...oddLines('altered', altered, 'have another topic or content'),
    ...oddLines('foreign', foreign, 'were not sent; numbers of receipt'),
  ];
  if (delay !== undefined) {
    const { p50Ms, p99Ms, maxMs, negative } = delay;
    const ms = (value: number) => text.duration(1000 * value);
    const odd =
      negative === 0 ? '' : `; ${text.counted(negative, 'event')} before the send: the clocks differ`;
    lines.push(`  delay       p50 ${ms(p50Ms)}, p99 ${ms(p99Ms)}, max ${ms(maxMs)}${odd}`);
  }
  return [...lines, ...topicTable(comparison)].join('\n');
}

function missingLines(
  { missingAtStart, missingAtEnd, missingTopics }: Comparison,
  { count, first }: Counted<MissingStretch>,
): string[] {
  if (count === 0) return [];
  const stretches = first
    .slice(0, MOST_SHOWN)
    .map((stretch) =>
      stretch.first === stretch.last ? `${stretch.first}` : `${stretch.first}-${stretch.last}`,
    );
  const more = first.length > MOST_SHOWN ? ', …' : '';
  const lines = [`  missing     ${text.count(count)}: number ${stretches.join(', ')}${more}`];
  if (missingAtStart > 0)
    lines.push(`              ${text.count(missingAtStart)} before the first that came`);
  if (missingAtEnd > 0) lines.push(`              ${text.count(missingAtEnd)} after the last that came`);
  if (missingTopics.length > 0) {
    const names = missingTopics.slice(0, MOST_SHOWN).map((topic) => shortened(text.name(topic), TOPIC_WIDTH));
    lines.push(
      `              nothing of ${text.counted(missingTopics.length, 'topic')}: ${names.join(', ')}`,
    );
  }
  return lines;
}

function oddLines(name: string, { count, first }: Counted<OddEvent>, meaning: string): string[] {
  if (count === 0) return [];
  const numbers = first.slice(0, MOST_SHOWN).map(({ number }) => number);
  const more = count > numbers.length ? ', …' : '';
  return [`  ${name.padEnd(11)} ${text.count(count)} ${meaning}: number ${numbers.join(', ')}${more}`];
}

function topicTable({ topics }: Comparison): string[] {
  if (topics.length === 0) return [];
  const rows = topics
    .slice(0, MOST_TOPICS)
    .map(({ topic, sent, received, missing }) => [
      shortened(text.name(topic), TOPIC_WIDTH),
      text.count(sent),
      text.count(received),
      text.count(missing),
    ]);
  const left = topics.length - rows.length;
  const table = columns(
    [
      { head: 'topic' },
      { head: 'sent', align: 'right' },
      { head: 'received', align: 'right' },
      { head: 'missing', align: 'right' },
    ],
    rows,
  );
  return ['', table, ...(left > 0 ? [`  and ${text.counted(left, 'topic')} more`] : [])];
}
