/**
 * What a command writes: results to stdout, messages to stderr. A reader that has gone away, or a full disk, never ends a
 * command that still does something else.
 */
import { messageOf } from '../shared/errors.js';
import { plain, plainJson, plainLines } from '../shared/plain-text.js';
import { EXIT } from './exit-code.js';
import { jsonDocument } from './text/json-document.js';

/** A reader that has stopped, such as head, or a terminal that was closed. */
const GONE = ['EPIPE', 'EIO'];

/** Handles failures to write. Call it once, before anything is written. */
export function handleOutputFailures(): void {
  // Messages are of no use any more, and what the command does goes on.
  process.stderr.on('error', () => {});
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (GONE.includes(error.code ?? '')) process.exit();
    tellError(`Cannot write the output: ${messageOf(error)}`);
    process.exit(EXIT.failed);
  });
}

/** Writes a message of one line to stderr. */
export function tell(message: string): void {
  process.stderr.write(`${plain(message)}\n`);
}

/** Writes an error of one line to stderr. */
export function tellError(message: string): void {
  tell(`error: ${message.replace(/\s*\n\s*/g, ' ')}`);
}

/** Writes a result for people to stdout: one or more lines, without the last line break. */
export function print(result: string): void {
  process.stdout.write(`${plainLines(result)}\n`);
}

/** Writes a result as one JSON document to stdout. */
export function printJson(result: unknown): void {
  process.stdout.write(plainJson(jsonDocument(result)));
}
