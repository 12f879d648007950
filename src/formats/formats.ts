import type { BlockFormat } from './block-format.js';
import type { FileRecording } from './file-recording.js';
import { JSON_LINES } from './json-lines/json-lines.js';
import { MCAP } from './mcap/mcap.js';

/** The formats of files, besides databases, whose events are played. */
export const FORMATS: Record<FileRecording['format'], BlockFormat> = {
  'json-lines': JSON_LINES as BlockFormat,
  mcap: MCAP as BlockFormat,
};
