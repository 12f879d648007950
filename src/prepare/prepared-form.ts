import type { EntryKey } from '../database/cache/cache-folder.js';
import type { FileIdentity } from '../database/cache/file-identity.js';
import type { SortBy } from '../database/order/sort-by.js';
import type { ReadRules } from '../database/recording.js';
import type { SchemaOverride } from '../database/schema/schema-override.js';

/**
 * What shapes the events of a prepared file, besides the recording. Topics and times that are selected do not: they are
 * applied when it is played.
 */
export interface PreparedForm
  extends Pick<ReadRules, 'convertNumber' | 'convertBool' | 'format' | 'timeSlots' | 'keyTime'> {
  readonly sortBy: SortBy;
}

/** The form that a replay asks for. */
export function formOf(sortBy: SortBy, rules: ReadRules): PreparedForm {
  const { convertNumber, convertBool, format, timeSlots, keyTime } = rules;
  return { convertNumber, convertBool, format, timeSlots, keyTime, sortBy };
}

/**
 * The key of a prepared file in the cache. Its version stands in the file: of another one there is something to tell.
 *
 * @param schema tables and columns that the user named
 */
export function preparedKey(source: FileIdentity, form: PreparedForm, schema: SchemaOverride): EntryKey {
  const kind = form.sortBy === 'none' ? 'prepared' : (`prepared by ${form.sortBy}` as const);
  return { source, kind, schema, version: 1, form };
}
