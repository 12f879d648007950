import type { WorkFolders } from '../../src/database/cache/work-folders.js';
import type { ReportShare } from '../../src/database/preparation.js';
import { findRecording, prepareRecording } from '../../src/database/prepare-recording.js';
import type { Recording } from '../../src/database/recording.js';
import type { SchemaOverride } from '../../src/database/schema/schema-override.js';

/** Finds and prepares a database in one. */
export function openRecording(
  path: string,
  folders: WorkFolders,
  report?: ReportShare,
  override?: SchemaOverride,
): Recording {
  return prepareRecording(findRecording(path, override), folders, report, override);
}
