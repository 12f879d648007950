/** What the third frame of a stamped message says. */
export interface SendStamp {
  /** When the message was sent, in whole microseconds since 1970. */
  readonly sentUs: number;
  /** The number of the event, from 1 on, in the order of sending. */
  readonly number: number;
}

const STAMP = /^(\d{1,10})\.(\d{6}) (\d{1,15})$/;
const LONGEST_STAMP_BYTES = 33;

/** A stamp as text: `1521854100.250001 42`, Unix seconds and the number. */
export function stampText({ sentUs, number }: SendStamp): string {
  const wholeUs = Math.round(sentUs);
  const micros = String(wholeUs % 1_000_000).padStart(6, '0');
  return `${Math.floor(wholeUs / 1_000_000)}.${micros} ${number}`;
}

/** @returns undefined for a frame that is no stamp */
export function readStamp(frame: Buffer): SendStamp | undefined {
  if (frame.length > LONGEST_STAMP_BYTES) return undefined;
  const [, seconds, micros, number] = STAMP.exec(frame.toString('latin1')) ?? [];
  if (number === undefined) return undefined;
  return { sentUs: Number(seconds) * 1e6 + Number(micros), number: Number(number) };
}
