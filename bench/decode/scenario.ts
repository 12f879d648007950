import { resolveOptions } from '../../src/options/resolve-options.js';
import { count } from '../../src/shared/text.js';
import { ProgramCache } from '../program-cache.js';
import type { Facts } from '../result.js';
import type { Case, Prepared, Scenario } from '../scenario.js';
import type { Settings } from '../settings.js';
import { ATTRIBUTES, casesAt, type DecodeCase, USUAL_ATTRIBUTES } from './cases.js';
import { type ExpectedContent, expectedContent } from './expected-content.js';
import { LAYOUTS, nightInLayout, SEED } from './layout.js';
import { type DecodePlan, decodeOnce, readOnce } from './trial.js';

const NOTES = [
  'The clock runs from the end of the batch that ends the warm-up to the last batch; CPU time is of all threads of the process.',
  'Time to SQLite’s: the time that decoding takes, as a multiple of SQLite’s own time for the same events by the index. The two alternate batch by batch in one thread, so that a slower machine slows both. Results are compared by this figure.',
  'Scattered: the rows of an event lie anywhere in the table, in their order. An event of 4 attributes has a text, two times and a number.',
  'SQLite alone finds the same rows by the index, takes the lengths of keys and values, and does nothing with them.',
];

/** Rows of each night, whatever the number of attributes, so that all trials take about as long. */
const ROWS = 800_000;
/** The reciprocal of the share of events that warm up. */
const WARM_UP_PART = 4;

export const decodeScenario: Scenario = {
  name: 'decode',
  title: 'Decode',
  question: 'How many events does one worker read and encode a second, and what CPU time does an event take?',
  figures: [
    {
      ...{ name: 'eventsPerS', title: 'events/s', unit: '1/s' },
      ...{ better: 'higher', isCompared: false, isShown: true },
    },
    {
      ...{ name: 'cpuUs', title: 'CPU µs/event', unit: 'us' },
      ...{ better: 'lower', isCompared: false, isShown: true },
    },
    {
      ...{ name: 'bytesPerS', title: 'payload/s', unit: 'B/s' },
      ...{ better: 'higher', isCompared: false, isShown: true },
    },
    {
      ...{ name: 'toSqlite', title: 'time to SQLite’s', unit: 'ratio' },
      ...{ better: 'lower', isCompared: true, isShown: true },
    },
  ],
  charts: [
    { title: 'Events a second that one worker decodes', kind: 'bars', figure: 'eventsPerS' },
    {
      ...{ title: 'Events a second by attributes of an event', kind: 'curve', figure: 'eventsPerS' },
      ...{ x: 'attributes', series: 'layout', cases: LAYOUTS.flatMap(plainIds) },
    },
  ],
  prepare: (settings) => prepareDecode(settings, rowsOf(settings)),
};

/** A number of events is one of those that have what an event mostly has. */
function rowsOf({ events }: Settings): number {
  return events === undefined ? ROWS : events * USUAL_ATTRIBUTES;
}

function plainIds(layout: string): string[] {
  return ATTRIBUTES.map((attributes) => `${attributes} attributes, ${layout}`);
}

/**
 * Makes the nights and computes from their rows what decoding must give.
 *
 * @param rows approximate number of rows in each night's attribute table
 */
export async function prepareDecode(settings: Settings, rows: number): Promise<Prepared> {
  const { signal, onMake, onStep } = settings;
  const programCache = new ProgramCache('decode');
  const expected = new Map<number, ExpectedContent>();
  const cases: Case[] = [];
  for (const each of wantedCases(settings)) {
    const { attributes, layout, isConverted, reader } = each;
    const making = { events: Math.floor(rows / attributes), attributes, signal, onMake, onStep };
    const night = await nightInLayout(layout, making);
    const indexed = await nightInLayout('index', making);
    const digests = expected.get(attributes) ?? (await expectedContent(indexed, signal));
    expected.set(attributes, digests);
    const plan: DecodePlan = {
      ...{ night, indexed, warmUpEvents: Math.floor(night.events / WARM_UP_PART) },
      ...{ isConverted, reader, programCache },
      expected: isConverted ? digests.converted : digests.plain,
    };
    cases.push({ ...each, measure: () => (each.subject === 'limit' ? readOnce(plan) : decodeOnce(plan)) });
  }
  return { conditions: conditionsOf(rows), notes: NOTES, cases, close: () => programCache.empty() };
}

/** The wanted cases and their cases of reference: only their nights are made. */
function wantedCases({ level, wants }: Settings): DecodeCase[] {
  const all = casesAt(level);
  const wanted = all.filter(({ id }) => wants(id));
  return all.filter((each) => wanted.includes(each) || wanted.some(({ reference }) => reference === each.id));
}

function conditionsOf(rows: number): Facts {
  const { readAheadBytes, format, times } = resolveOptions({ databases: [''] });
  return {
    seed: SEED,
    nightRows: rows,
    nightEvents: ATTRIBUTES.map((attributes) => `${count(Math.floor(rows / attributes))} of ${attributes}`)
      .join(' attributes, ')
      .concat(' attributes'),
    warmUpShare: 1 / WARM_UP_PART,
    workers: 1,
    ...{ readAheadBytes, format, times },
    order: 'table',
    pageCache: 'warm',
    sideIndex: 'made before the clock starts, and kept for the trials after',
    content: 'SHA-256 of all topics and payloads, after the clock has stopped',
  };
}
