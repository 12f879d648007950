import { statSync } from 'node:fs';
import type { FileRecording, FoundFile } from './file-recording.js';
import type { FormatFacts } from './format-facts.js';

/** The facts of a file that was found, which are known without reading it. */
export function foundFacts({ path, sizeBytes, format, isPacked }: FoundFile): FormatFacts {
  return {
    ...{ path, sizeBytes, format, isPacked, rows: undefined },
    ...{ firstRowS: Number.NaN, lastRowS: Number.NaN, stateTopics: undefined },
  };
}

/** The facts of a file that was prepared for being read. */
export function recordingFacts(recording: FileRecording): FormatFacts {
  const { path, readPath, format, rows, firstTimeS, lastTimeS, state } = recording;
  const { size: sizeBytes } = statSync(path);
  const isPacked = readPath !== path;
  return {
    ...{ path, sizeBytes, format, isPacked, rows, firstRowS: firstTimeS, lastRowS: lastTimeS },
    stateTopics: Number(state?.rows?.last ?? 0),
  };
}
