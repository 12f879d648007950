import { count } from '../../src/cli/text/text.js';
import { resolveOptions } from '../../src/options/resolve-options.js';
import { ProgramCache } from '../program-cache.js';
import type { Facts } from '../result.js';
import type { Case, Prepared, Scenario } from '../scenario.js';
import type { Settings } from '../settings.js';
import { ATTRIBUTES, casesAt, type DecodeCase, USUAL_ATTRIBUTES } from './decode-cases.js';
import { type DecodePlan, decodeOnce, stepOnce } from './decode-trial.js';
import { type Expected, expectedOf } from './expected.js';
import { LAYOUTS, nightInLayout, SEED } from './layout.js';

const NOTES = [
  'The clock runs from the end of the batch that ends the warm-up to the last batch; CPU time is of all threads of the process.',
  'Time to SQLite’s: how many times as long decoding takes as SQLite alone does for the same events over the index. Batch by batch they take turns, in one thread, so that what makes the machine slower makes both slower: it is what results are compared by.',
  'Scattered: the rows of an event lie anywhere in the table, in their order. An event of 4 attributes has a text, two times and a number.',
  'SQLite alone finds the same rows over the index, looks at the lengths of keys and values, and does nothing with them.',
];

/** Of a night, whatever its events have: so all trials take about as long. */
const ROWS = 800_000;
/** One event in so many is decoded before the clock starts. */
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
 * Makes the nights, and finds out from their rows what is to come out of them.
 *
 * @param rows of the attribute table of each night, about
 */
export async function prepareDecode(settings: Settings, rows: number): Promise<Prepared> {
  const { signal, onMake, onStep } = settings;
  const programCache = new ProgramCache('decode');
  const expected = new Map<number, Expected>();
  const cases: Case[] = [];
  for (const each of wantedCases(settings)) {
    const { attributes, layout, isConverted } = each;
    const making = { events: Math.floor(rows / attributes), attributes, signal, onMake, onStep };
    const night = await nightInLayout(layout, making);
    const indexed = await nightInLayout('index', making);
    const digests = expected.get(attributes) ?? (await expectedOf(indexed, signal));
    expected.set(attributes, digests);
    const plan: DecodePlan = {
      ...{ night, indexed, warmUpEvents: Math.floor(night.events / WARM_UP_PART), isConverted, programCache },
      expected: isConverted ? digests.converted : digests.plain,
    };
    cases.push({ ...each, measure: () => (each.subject === 'limit' ? stepOnce(plan) : decodeOnce(plan)) });
  }
  return { conditions: conditionsOf(rows), notes: NOTES, cases, close: () => programCache.empty() };
}

/** Only of these nights are made. */
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
