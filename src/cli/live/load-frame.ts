import type { LoadProgress } from '../../loadtest/load-progress.js';
import { timeText, UNKNOWN } from '../../loadtest/shown/load-words.js';
import { isBackedUp, worstFirst } from '../../loadtest/shown/worst-first.js';
import * as text from '../../shared/text.js';
import { fittedColumns } from '../text/columns.js';
import { sparkline } from '../text/sparkline.js';
import { burstLines, SEARCH_LINES, searchLines } from './search-lines.js';
import type { Line, Style } from './styled-text.js';

/** Lines besides those of subscribers. */
const OTHER_LINES = 5;

type SubscriberNow = LoadProgress['subscribers'][number];

/** How a load test stands, in lines: the stage, the curve of the rate, and a line for each subscriber. */
export function loadFrame(
  progress: LoadProgress,
  rates: readonly number[],
  { columns, rows }: { columns: number; rows: number },
): Line[] {
  const { phase, atS, durationS, stage, stages, unit, intended, offeredPerS, lateP99Us, sent } = progress;
  const { search, burst } = progress;
  const isSearch = search !== null || burst !== null;
  const where =
    phase === 'drain'
      ? `the ${isSearch ? 'trial' : 'load'} has ended; subscribers receive what is queued`
      : isSearch
        ? `trial  ${text.span(atS)} of ${text.span(durationS)}`
        : `stage ${stage} of ${stages}  ${text.span(atS)} of ${text.span(durationS)}`;
  const wanted = unit === 'speed' ? `${Number(intended.toPrecision(3))}x` : `${text.count(intended)}/s`;
  const state = `${wanted} intended  ${text.count(offeredPerS)}/s offered  ${text.count(sent)} sent  late p99 ${timeText(lateP99Us)}`;
  const shown = rates.slice(-Math.max(1, columns - 2));
  const room = Math.max(1, rows - OTHER_LINES - (isSearch ? SEARCH_LINES : 0));
  const listed = worstFirst(progress.subscribers)
    .slice(0, room)
    .map((i) => progress.subscribers[i]);
  const more = progress.subscribers.length - listed.length;
  const [head, ...lines] = table(listed, columns).split('\n');
  return [
    [{ text: phase === 'drain' ? 'drain  ' : 'load  ', style: 'bold' }, { text: where }],
    ...(search === null ? [] : searchLines(search, columns)),
    ...(burst === null ? [] : burstLines(burst, columns)),
    [{ text: state }],
    [{ text: sparkline(shown, Math.max(1, ...shown)), style: 'cyan' }],
    [{ text: head, style: 'dim' }],
    ...lines.map((line, i): Line => [{ text: line, style: styleOf(listed[i]) }]),
    ...(more > 0 ? [[{ text: `  ${text.count(more)} more`, style: 'dim' as Style }]] : []),
  ];
}

function table(subscribers: readonly SubscriberNow[], columns: number): string {
  const heads = ['subscriber', 'rate', 'behind', 'lost', 'backed up', 'p99'];
  return fittedColumns(
    heads.map((head) => ({ head, align: head === 'subscriber' ? 'left' : 'right' })),
    subscribers.map(({ name, receivedPerS, lag, lost, backedUpShare, p99Us }) => [
      text.name(name),
      receivedPerS === null ? UNKNOWN : `${text.count(receivedPerS)}/s`,
      lag === null ? UNKNOWN : text.count(lag),
      lost === null ? UNKNOWN : text.count(lost),
      backedUpShare === null ? UNKNOWN : text.percent(backedUpShare),
      timeText(p99Us),
    ]),
    columns,
  );
}

function styleOf({ lost, backedUpShare }: SubscriberNow): Style | undefined {
  if ((lost ?? 0) > 0) return 'red';
  return isBackedUp(backedUpShare) ? 'yellow' : undefined;
}
