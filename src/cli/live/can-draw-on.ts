import type { WriteStream } from 'node:tty';

/** Whether a stream is a terminal on which lines can be redrawn in place. */
export function canDrawOn(output: WriteStream): boolean {
  return output.isTTY === true && process.env.TERM !== 'dumb';
}
