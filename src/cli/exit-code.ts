import { CommanderError } from 'commander';
import { TcsReplayError } from '../shared/errors.js';

/** Exit codes of all commands; after SIGINT, SIGTERM and SIGHUP see `StopSignals`. */
export const EXIT = {
  failed: 1,
  wrongUsage: 2,
  /** Done, but not everything could be read, sent or delivered; of `check`: something was found. */
  incomplete: 3,
  /** A threshold was missed, or the replay ended since it could not keep what it was asked to. */
  missed: 4,
  /** The instrument, the machine, or what can be known was the limit. */
  inconclusive: 5,
} as const;

/** The exit code of a command that threw. */
export function exitCodeOfError(error: unknown): number {
  // Commander throws for --help and --version too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.wrongUsage;
  const isUsage =
    error instanceof TcsReplayError && (error.code === 'BAD_OPTION' || error.code === 'BAD_ADDRESS');
  return isUsage ? EXIT.wrongUsage : EXIT.failed;
}
