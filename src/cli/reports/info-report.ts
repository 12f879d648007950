import type { DatabaseFacts, FormatFacts } from '../../formats/format-facts.js';
import type { FileInfo, Info } from '../../inspect/info.js';
import type { NightFacts } from '../../inspect/survey/night-survey.js';
import type { Gaps } from '../../inspect/survey/silences.js';
import type { Strays, SurveyFacts } from '../../inspect/survey/survey.js';
import type { TimeZone } from '../../selection/time-zone.js';
import { wallText } from '../../selection/wall-text.js';
import * as text from '../../shared/text.js';
import { columns, widest } from '../text/columns.js';
import { fittedLines } from '../text/fitted-lines.js';
import { damageLines } from '../text/source-faults.js';
import { sparkline } from '../text/sparkline.js';
import { hanging, REPORT_COLUMNS, unbroken } from '../text/wrapped.js';
import type { ReportLayout } from './report-layout.js';
import { schemaLines } from './schema-lines.js';
import { WARNINGS } from './summary.js';
import { topicLines } from './topic-report.js';

const MOST_GAPS = 5;
/** Events of a log are slightly out of order. From this step on, the report advises to sort them. */
const SHOWN_STEP_S = 1;
const NAME_WIDTH = 12;
const FORMATS = { mcap: 'MCAP', 'json-lines': 'JSON lines' };
/** What the rows of a file are. */
const ROWS = { mcap: 'messages', 'json-lines': 'lines' };

/** The report of what databases hold: sections with an empty line between them. */
export function infoReport(info: Info, layout: ReportLayout): string {
  const { survey } = info;
  const sections = info.files.map((file, i) => fileSection(file, survey?.files[i], layout));
  if (survey === undefined) {
    sections.push(['Not read through: events are counted without --quick.']);
  } else {
    sections.push(totals(info.files, survey, layout));
    if (survey.nights.length > 0) sections.push(nightSection(survey, layout));
    if (survey.topics.length > 0) sections.push(...topicLines(survey, layout));
    if (survey.events > 0) sections.push(gapSection(survey.gaps, layout), paceSection(survey, layout));
    sections.push(troubleSection(survey, info, layout));
  }
  return sections
    .map((lines) => lines.map((line) => fittedLines(line, layout.columns)).join('\n'))
    .join('\n\n');
}

function named(name: string, value: string): string {
  return hanging(`  ${name.padEnd(NAME_WIDTH)} `, value, REPORT_COLUMNS);
}

function fileSection(
  file: FileInfo,
  span: SurveyFacts['files'][number] | undefined,
  { zone }: ReportLayout,
): string[] {
  const { rows } = file;
  const lines = [
    unbroken(text.name(file.path)),
    ...('format' in file ? formatLines(file) : databaseLines(file)),
  ];
  if (rows === undefined) {
    if ('format' in file && span === undefined) return lines;
    const isUnread = 'schema' in file && file.schema.shape !== undefined && file.attributes === undefined;
    return [...lines, named('rows', isUnread ? 'not counted without reading all of them' : 'none')];
  }
  const ids =
    'format' in file ? `${ROWS[file.format]} 1 to ${rows.last}` : `row ids ${rows.first} to ${rows.last}`;
  const all = span && `${text.counted(span.events + span.filtered, 'event')}, `;
  const attributes = 'format' in file ? undefined : file.attributes;
  const rest = attributes === undefined ? '' : `, ${text.counted(attributes, 'attribute')}`;
  lines.push(named('rows', `${all ?? ''}${ids}${rest}`));
  const [fromS, toS] = span ? [span.firstS, span.lastS] : [file.firstRowS, file.lastRowS];
  const ends = span ? '' : ' (its first and last row)';
  lines.push(named('times', `${spanOf(fromS, toS, zone)}${ends}`));
  return lines;
}

function databaseLines(file: DatabaseFacts): string[] {
  const { sizeBytes, pageBytes, journalMode, schema } = file;
  const mode = journalMode === 'wal' ? 'WAL mode' : 'rollback journal';
  return [
    named(
      'file',
      `${text.bytes(sizeBytes)}, pages of ${text.count(pageBytes)} bytes, ${mode}, ${schema.encoding}`,
    ),
    ...schemaLines(file).map(([name, value]) => named(name, text.name(value))),
    ...stateLines(file.stateTopics),
  ];
}

function formatLines({ sizeBytes, format, isPacked, stateTopics = 0 }: FormatFacts): string[] {
  return [
    named('file', `${text.bytes(sizeBytes)}, ${FORMATS[format]}${isPacked ? ', compressed by gzip' : ''}`),
    ...stateLines(stateTopics),
  ];
}

function stateLines(topics: number): string[] {
  if (topics === 0) return [];
  return [named('state', `of ${text.counted(topics, 'topic')} before it, which --prime sends first`)];
}

function totals(files: readonly FileInfo[], survey: SurveyFacts, { zone }: ReportLayout): string[] {
  const { events, filtered, bytes, firstS, lastS, topics } = survey;
  const lines = [
    `${text.counted(events, 'event')} of ${text.counted(topics.length, 'topic')}`,
    named('span', spanOf(firstS, lastS, zone)),
    named('size', `${text.bytes(bytes)} as sent, ${text.bytes(events === 0 ? 0 : bytes / events)} an event`),
  ];
  if (filtered > 0) lines.push(named('not counted', `${text.counted(filtered, 'event')} of other topics`));
  if (files.length > 1) {
    const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
    lines.push(named('files', `${text.count(files.length)}, ${text.bytes(sizeBytes)}`));
  }
  return lines;
}

function spanOf(firstS: number, lastS: number, zone: TimeZone): string {
  if (Number.isNaN(firstS) || Number.isNaN(lastS)) return 'no usable time';
  return `${moment(firstS, zone)} to ${moment(lastS, zone)} ${zone.name}, ${text.anySpan(Math.max(0, lastS - firstS))}`;
}

function moment(unixS: number, zone: TimeZone): string {
  return Number.isNaN(unixS) ? '' : wallText(unixS, zone) || String(unixS);
}

function nightSection(
  { nights, eventsOfOtherNights }: SurveyFacts,
  { zone, columns: width }: ReportLayout,
): string[] {
  // The bars of all nights have the same length of time and the same scale, so that nights can be compared.
  const most = Math.max(...nights.map(({ activity }) => Math.max(...activity.events) / activity.stepS));
  const rows = nights.map((night) => nightRow(night, most, zone));
  const shown = width < 60 + widest(rows, 4) ? rows.map((row) => row.slice(0, 4)) : rows;
  const heads = [
    { head: 'night' },
    { head: 'events', align: 'right' },
    { head: 'first – last' },
    { head: 'lasts', align: 'right' },
    { head: 'activity' },
  ] as const;
  const lines = [`Nights, noon to noon in ${zone.name}`, columns(heads.slice(0, shown[0].length), shown)];
  if (eventsOfOtherNights > 0)
    lines.push(`  ${text.counted(eventsOfOtherNights, 'event')} at times beyond these nights`);
  return lines;
}

function nightRow(
  { night, events, firstS, lastS, activity }: NightFacts,
  most: number,
  zone: TimeZone,
): string[] {
  const rates = activity.events.map((step) => step / activity.stepS);
  const time = (unixS: number) => wallText(unixS, zone).slice(11, 19);
  return [
    night,
    text.count(events),
    `${time(firstS)} – ${time(lastS)}`,
    text.anySpan(lastS - firstS),
    sparkline(rates, most),
  ];
}

function gapSection({ longerThanS, count, totalS, longest }: Gaps, { zone }: ReportLayout): string[] {
  const limit = text.givenSpan(longerThanS);
  if (count === 0) return [`Gaps: none longer than ${limit}`];
  const shown = longest.slice(0, MOST_GAPS);
  const which = count > shown.length ? `; the ${shown.length} longest` : '';
  const rows = shown.map(({ startS, endS }) => [
    text.anySpan(endS - startS),
    moment(startS, zone),
    moment(endS, zone),
  ]);
  return [
    `Gaps: ${count === 1 ? '1 silence' : `${text.count(count)} silences`} longer than ${limit}, ${text.anySpan(totalS)} in all${which}`,
    columns([{ head: 'length', align: 'right' }, { head: `from (${zone.name})` }, { head: 'to' }], rows),
  ];
}

function paceSection({ peaks, highWaterMark }: SurveyFacts, { speedup, zone }: ReportLayout): string[] {
  if (peaks === undefined || highWaterMark === undefined) {
    return [
      'Flat out (-s max) the rate is that of the machine, not of the recording; the default of --hwm suits it',
    ];
  }
  const rows = [peaks.in10ms, peaks.in1s].map((peak) => [
    `any ${peak.windowS === 1 ? 'second' : '10ms'}`,
    `${peak.isExact ? '' : '≤ '}${text.count(peak.events)}`,
    moment(peak.eventsAtS, zone),
    `${peak.isExact ? '' : '≤ '}${text.bytes(peak.bytes)}`,
    moment(peak.bytesAtS, zone),
  ]);
  const right = 'right' as const;
  const heads = ['peak in', 'events', 'recorded at', 'bytes', 'recorded at'];
  const table = columns(
    heads.map((head) => ({ head, align: head === 'events' || head === 'bytes' ? right : 'left' })),
    rows,
  );
  const advice = `  --hwm ${highWaterMark} or more holds what is sent in the busiest second, while a subscriber is held up`;
  return [`Peaks at speed ${speedup}, times in ${zone.name}`, table, advice];
}

function troubleSection(
  { warnings, disorder, strays, eventsOfOtherTopics }: SurveyFacts,
  { files, changes, damage, unreadable }: Info,
  { zone }: ReportLayout,
): string[] {
  const lost = damage === undefined ? [] : damageLines(damage).map((line) => `  ${line}`);
  const changed = changes.map(
    ({ path, kind, found }) =>
      `  ${text.name(path)} has ${kind === 'appended' ? 'grown' : 'changed'} meanwhile: ${text.name(found)}`,
  );
  const found = [...changed, ...lost, ...unreadable.map(({ reason }) => `  ${unbroken(text.name(reason))}`)];
  const odd = Object.entries(warnings)
    .filter(([, number]) => number > 0)
    .map(([kind, number]) => `  ${text.count(number)} ${WARNINGS[kind as keyof typeof WARNINGS]}`);
  found.push(...odd);
  found.push(...strayLines(strays, files, zone));
  if (disorder.events > 0) {
    const step = text.anySpan(disorder.largestStepS);
    found.push(
      `  ${text.count(disorder.events)} out of order: due up to ${step} before an earlier one, at ${moment(disorder.atS, zone)} ${zone.name}`,
    );
    if (disorder.largestStepS >= SHOWN_STEP_S) found.push('  -S __wire_time plays them in order of time');
  }
  if (eventsOfOtherTopics > 0)
    found.push(`  ${text.count(eventsOfOtherTopics)} of more topics than can be told apart`);
  return found.length === 0 ? ['Trouble: none found'] : ['Trouble', ...found];
}

function strayLines({ events, first }: Strays, files: readonly FileInfo[], zone: TimeZone): string[] {
  if (first === undefined) return [];
  const { topic, dueS, atS, file } = first;
  const place = Number.isNaN(atS) ? 'at the beginning' : `behind ${moment(atS, zone)}`;
  return [
    `  ${text.count(events)} recorded by a wrong clock: sent with the events around them`,
    `  the first of them: ${text.name(topic)}, due ${moment(dueS, zone)}, ${place}, in ${text.name(files[file].path)}`,
  ];
}
