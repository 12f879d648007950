import * as expect from '../shared/expect.js';

/** What a conversion writes: the forms of `to`. */
export const OUTPUT_FORMS = ['jsonl', 'jsonl.gz', 'db', 'mcap', 'parquet', 'csv', 'csv.gz'] as const;

/** A form of output. */
export type OutputForm = (typeof OUTPUT_FORMS)[number];

/** How tables are divided into files: not at all, or by observing nights. */
export const PARTITIONS = ['none', 'night'] as const;

/** A division of tables. */
export type Partition = (typeof PARTITIONS)[number];

/** Forms that are a folder with a file for each topic. */
const FOLDER_FORMS: readonly OutputForm[] = ['parquet', 'csv', 'csv.gz'];

/** Endings of paths that tell the form, the longer ones first. */
const ENDINGS: readonly (readonly [ending: string, form: OutputForm])[] = [
  ['.jsonl.gz', 'jsonl.gz'],
  ['.ndjson.gz', 'jsonl.gz'],
  ['.csv.gz', 'csv.gz'],
  ['.jsonl', 'jsonl'],
  ['.ndjson', 'jsonl'],
  ['.db', 'db'],
  ['.db3', 'db'],
  ['.sqlite', 'db'],
  ['.sqlite3', 'db'],
  ['.mcap', 'mcap'],
  ['.parquet', 'parquet'],
  ['.csv', 'csv'],
];

/** Whether an output is a folder. */
export function isFolder(form: OutputForm): boolean {
  return FOLDER_FORMS.includes(form);
}

/** Whether values are written as they are stored, beside their types. */
export function keepsTypes(form: OutputForm): boolean {
  return form === 'db';
}

/**
 * Checks how tables are to be divided.
 *
 * @param optionName what the user calls the option
 * @throws TcsReplayError `BAD_OPTION`
 */
export function outputPartition(given: string, form: OutputForm, optionName: string): Partition {
  const partition = expect.oneOf(optionName, given, PARTITIONS);
  if (partition === 'none' || isFolder(form)) return partition;
  throw expect.badOption(
    optionName,
    `none for ${form}, which is one file; tables are ${FOLDER_FORMS.join(', ')}`,
    given,
  );
}

/**
 * The form of an output: the one that the user gave, or that of the path's ending.
 *
 * @param formName what the user calls the option for the form
 * @throws TcsReplayError `BAD_OPTION`
 */
export function outputForm(path: string, given: string | undefined, formName: string): OutputForm {
  if (given !== undefined) return expect.oneOf(formName, given, OUTPUT_FORMS);
  const name = path.toLowerCase().replace(/\/+$/, '');
  const [, form] = ENDINGS.find(([ending]) => name.endsWith(ending)) ?? [];
  if (form !== undefined) return form;
  const endings = ENDINGS.map(([ending]) => ending).join(', ');
  throw expect.badOption(
    'the output',
    `a path that ends in one of ${endings}`,
    path,
    `; or give ${formName}`,
  );
}
