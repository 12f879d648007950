import { type ErrorCode, messageOf, TcsReplayError } from '../shared/errors.js';

/**
 * The kind of failure in a reply. Match on it, never on the message.
 *
 * - `BAD_REQUEST`: the request cannot be parsed, or a value in it cannot be used
 * - `UNKNOWN_COMMAND`: the command does not exist
 * - `BUSY`: too many requests wait for their replies
 * - `LOAD_TEST`: a load test sets its pace itself, so it can only be ended
 * - `INTERNAL`: a defect of this program
 * - all others: as in `TcsReplayError`
 */
export type ControlErrorCode =
  | 'BAD_REQUEST'
  | 'UNKNOWN_COMMAND'
  | 'BUSY'
  | 'LOAD_TEST'
  | 'INTERNAL'
  | Exclude<ErrorCode, 'BAD_OPTION'>;

/** Why a request was not fulfilled. */
export interface ControlFailure {
  readonly code: ControlErrorCode;
  readonly message: string;
}

/** A request that cannot be fulfilled. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly code: ControlErrorCode;

  constructor(code: ControlErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Converts anything that was thrown to the failure in a reply. */
export function failureOf(thrown: unknown): ControlFailure {
  const message = messageOf(thrown);
  if (thrown instanceof ControlError) return { code: thrown.code, message };
  if (!(thrown instanceof TcsReplayError)) return { code: 'INTERNAL', message };
  return { code: thrown.code === 'BAD_OPTION' ? 'BAD_REQUEST' : thrown.code, message };
}
