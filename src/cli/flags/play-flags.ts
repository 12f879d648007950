import { CHECKS } from '../../options/checks.js';
import type { ControlOptions } from '../../options/control-address.js';
import type { PaceOptions } from '../../options/replay-options.js';
import * as expect from '../../shared/expect.js';

/** What `checkPace` calls options, on the command line. */
export function paceFlagOf(option: keyof PaceOptions): string {
  const flags = { maxGapS: '--max-gap', lateAfterMs: '--late-after', onLate: '--on-late' };
  return option in flags ? flags[option as keyof typeof flags] : `--${option}`;
}

/** What `checkControl` calls options, on the command line. */
export function controlFlagOf(option: keyof ControlOptions): string {
  return option === 'control' ? '--control' : '--control-any-host';
}

/** The library takes the same text. */
export function rate(value: string, name: string): string {
  CHECKS.rate(value, name);
  return value;
}

export function milliseconds(value: string, name: string): number {
  return 1000 * expect.durationS(name, value);
}

export function duration(value: string, name: string): number {
  return expect.durationS(name, value);
}

export function lingerMs(value: string, name: string): number {
  return value === 'forever'
    ? -1
    : CHECKS.lingerMs(Math.round(1000 * expect.durationOrZeroS(name, value)), name);
}
