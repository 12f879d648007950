import type { WorkFolders } from '../../src/database/cache/work-folders.js';
import type { ReportShare } from '../../src/database/preparation.js';
import { findRecording, prepareRecording } from '../../src/database/prepare-recording.js';
import type { Recording } from '../../src/database/recording.js';
import type { SchemaOverride } from '../../src/database/schema/schema-override.js';

/** Times that a test makes up may look like those of any unit: they are taken as they are. */
const AS_SECONDS: SchemaOverride = { 'event.time': 'unix-s' };

/** Finds and prepares a database in one. @param override default: times are Unix seconds */
export function openRecording(
  path: string,
  folders: WorkFolders,
  report?: ReportShare,
  override: SchemaOverride = AS_SECONDS,
): Recording {
  return prepareRecording(findRecording(path, override), folders, report, override);
}
