import type { Finding, FindingKind, FindingLocation } from '../../database/check/finding.js';
import type { FileCheck } from '../../inspect/file-check.js';
import { plain } from '../../shared/plain-text.js';
import * as text from '../../shared/text.js';
import { columns, shortened } from '../text/columns.js';
import { fittedLines } from '../text/fitted-lines.js';
import { REPORT_COLUMNS, unbroken } from '../text/wrapped.js';

/** Findings of each kind, as the report names them before their number. */
const TEXTS: Record<FindingKind, string> = {
  notADatabase: 'not a database',
  unreadableFile: 'reasons why the file cannot be read',
  integrity: "faults by SQLite's own check",
  unreadableTable: 'tables that cannot be read through',
  unreadableRows: 'places where events cannot be read',
  unknownSchema: 'tables or columns missing',
  foreignIndex: 'checks that an index with a foreign function or collation prevents',
  orphan: 'attributes of no event',
  repeatedEventId: 'events whose id others have too',
  noEventId: 'events without an id',
  missingTime: 'events without a usable time',
  missingWireTime: 'events without a wire time',
  unreadableTime: 'times that are no finite number',
  implausibleTime: 'times that seem to be no Unix seconds',
  wrongClock: 'events that a wrong clock has recorded',
  outOfOrder: 'events due more than a second before the one ahead of them',
  topicForm: 'events whose topic has not three parts',
  missingKey: 'known keys that an event lacks',
  noAttributes: 'events without attributes',
  duplicateKey: 'keys that their event has already',
  misfitValue: 'values that do not fit their type',
  blobValue: 'values that are BLOBs',
  invalidUtf8: 'texts that are not UTF-8',
};

const VERDICTS: Record<FileCheck['verdict'], string> = {
  sound: 'sound: nothing was found',
  odd: 'can all be read, but is odd',
  damaged: 'damaged',
  unchecked: 'could not be checked',
};

const MOST_GROUPS = 8;
const MOST_MESSAGES = 10;
const VALUE_WIDTH = 18;
const NAME_WIDTH = 22;

/** A section of findings for each database, then a line with the verdict on each. */
export function checkReport(checks: readonly FileCheck[]): string {
  const sections = checks.filter(({ findings }) => findings.length > 0).map(section);
  const verdicts = checks.map(({ path, verdict, failure, findings, events }) => {
    const looked = verdict === 'sound' ? `, ${text.counted(events, 'event')}` : '';
    const kinds = findings.length === 0 ? '' : `, ${text.counted(findings.length, 'kind')} of finding`;
    const why = failure === undefined ? '' : `: ${plain(failure)}`;
    return `${text.name(path)}: ${VERDICTS[verdict]}${kinds}${looked}${why}`;
  });
  // A verdict stays on the line of its path, so that it can be searched for.
  return [...sections.map((lines) => fittedLines(lines, REPORT_COLUMNS)), verdicts.join('\n')].join('\n\n');
}

function section({ path, events, findings }: FileCheck): string {
  return [
    `${unbroken(text.name(path))}: ${text.counted(events, 'event')} looked at`,
    ...findings.map(findingLines),
  ].join('\n');
}

function findingLines({ kind, severity, count, places, groups }: Finding): string {
  const times = kind === 'notADatabase' ? '' : `: ${text.count(count)}`;
  const head = `  ${severity.padEnd(7)} ${TEXTS[kind]}${times}`;
  if (groups.length === 0) {
    const shown = places.slice(0, MOST_MESSAGES).map((place) => `    ${placeText(place)}`);
    const left = places.length - shown.length;
    return [head, ...shown, ...(left > 0 ? [`    and ${text.count(left)} more`] : [])].join('\n');
  }
  const rows = groups
    .slice(0, MOST_GROUPS)
    .map(({ topic, key, count: times, value }) => [
      text.count(times),
      shortened(plain(topic), NAME_WIDTH),
      shortened(plain(key ?? ''), NAME_WIDTH),
      value === undefined ? '' : shortened(plain(JSON.stringify(value)), VALUE_WIDTH),
    ]);
  const heads = ['times', 'topic', 'key', 'first value'];
  const used = heads.filter((_, at) => rows.some((row) => row[at] !== ''));
  const table = columns(
    used.map((name) => ({ head: name, align: name === 'times' ? 'right' : 'left' })),
    rows.map((row) => row.filter((_, at) => used.includes(heads[at]))),
  );
  const left = groups.length - rows.length;
  return [
    head,
    ...table.split('\n').map((line) => `  ${line}`),
    ...(left > 0 ? [`    and ${text.count(left)} more of topic and key`] : []),
    `    first: ${places.slice(0, 3).map(placeText).join('; ')}`,
  ].join('\n');
}

function placeText({ row, lastRow, eventId, key, value, message }: FindingLocation): string {
  const parts: string[] = [];
  if (row !== undefined)
    parts.push(lastRow === undefined || lastRow === row ? `row ${row}` : `rows ${row} to ${lastRow}`);
  if (eventId !== undefined && eventId !== row) parts.push(`event id ${plain(String(eventId))}`);
  if (row === undefined || message === undefined) {
    if (key !== undefined) parts.push(plain(shortened(key, NAME_WIDTH)));
    if (value !== undefined) parts.push(`= ${plain(JSON.stringify(shortened(value, VALUE_WIDTH)))}`);
  }
  const place = parts.join(' ');
  if (message === undefined) return place;
  const said = unbroken(plain(message));
  return place === '' ? said : `${place}: ${said}`;
}
