import { existsSync, statSync } from 'node:fs';
import { isAsOpened } from '../database/recording.js';
import type { RecordingChange } from '../database/recording-change.js';
import { messageOf } from '../shared/errors.js';
import type { FileRecording } from './file-recording.js';
import { landmarkOf } from './landmark.js';

/** How a file has changed since it was opened: see `recordingChange`. */
export function fileChange(recording: FileRecording): RecordingChange | undefined {
  if (isAsOpened(recording)) return undefined;
  const { path, sizeBytes, landmark } = recording;
  const changed = (found: string): RecordingChange => ({ kind: 'changed', found });
  if (!existsSync(path)) return changed('the file is gone');
  const { size } = statSync(path);
  if (size < sizeBytes) return changed(`the file has ${size} bytes instead of ${sizeBytes}`);
  try {
    if (landmarkOf(path, sizeBytes) !== landmark) return changed('its first or last bytes are others');
  } catch (error) {
    return changed(`it cannot be read as before: ${messageOf(error)}`);
  }
  if (size === sizeBytes) return changed('the file was written to');
  return { kind: 'appended', found: `${size - sizeBytes} bytes were added at its end` };
}
