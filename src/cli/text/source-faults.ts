import type { DamageSummary } from '../../measure/damage-report.js';
import type { ReplayOutcome } from '../../measure/outcome.js';
import * as text from '../../shared/text.js';
import { unbroken } from './wrapped.js';

/** What was wrong with the recordings. */
export type SourceFaults = Pick<ReplayOutcome, 'changes' | 'damage' | 'unreadable'>;

/** Most places shown; `--json` has more. */
const SHOWN_PLACES = 5;

/** Whether not all was read as it was recorded: exit code 3. Rows that were added at the end of a recording are no fault. */
export function isDamaged({
  changes,
  damage,
  unreadable,
}: Omit<SourceFaults, 'damage'> & Partial<SourceFaults>): boolean {
  return (
    changes.some(({ kind }) => kind === 'changed') || (damage?.stretches ?? 0) > 0 || unreadable.length > 0
  );
}

/** How recordings have changed, what could not be read, and files that cannot be: each line with a word for it. */
export function sourceRows({ changes, damage, unreadable }: SourceFaults): [word: string, line: string][] {
  return [
    ...changes.map(({ path, kind, found }): [string, string] => [
      kind === 'appended' ? 'grown' : 'changed',
      `${unbroken(text.name(path))}: ${text.name(found)}`,
    ]),
    ...damageLines(damage).map((line, i): [string, string] => [i === 0 ? 'damage' : '', line]),
    ...unreadable.map(({ reason }): [string, string] => ['unreadable', unbroken(text.name(reason))]),
  ];
}

/** What could not be read, in lines; none if everything could be read. */
export function damageLines({ stretches, lostEvents, mostFurtherEvents, places }: DamageSummary): string[] {
  if (stretches === 0) return [];
  const further =
    mostFurtherEvents === 0
      ? ''
      : mostFurtherEvents === null
        ? ', and how many more is not known'
        : `, and at most ${text.count(mostFurtherEvents)} more`;
  const lines = [`${text.counted(lostEvents, 'event')} lost${further}`];
  for (const place of places.slice(0, SHOWN_PLACES)) {
    const [why, file] = [place.reason, place.path].map((each) => unbroken(text.name(each)));
    lines.push(`${why}: ${file}, ${placeText(place)}`);
  }
  if (stretches > SHOWN_PLACES) lines.push(`${text.count(stretches - SHOWN_PLACES)} more places: see --json`);
  return lines;
}

function placeText({ table, where, firstRow, lastRow }: DamageSummary['places'][number]): string {
  const rows = lastRow === firstRow ? firstRow : `${firstRow} to ${lastRow ?? 'the end'}`;
  const isOne = lastRow === firstRow;
  if (where === undefined) return `table ${unbroken(text.name(table))}, ${isOne ? 'row' : 'rows'} ${rows}`;
  // Where nothing is known of messages, bytes say more.
  if (lastRow === undefined || where.startsWith('the ')) return where;
  return `${isOne ? table.slice(0, -1) : table} ${rows}${where === '' ? '' : ` (${where})`}`;
}
