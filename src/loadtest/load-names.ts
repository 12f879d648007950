import type { Arrival } from '../pacing/stage-pace.js';

/** Loads by name, as speeds of the recording. */
export const PROFILES = {
  smoke: ['1x:10s'],
  load: ['1x..10x:10s', '10x:1m'],
  stress: ['1x..50x:2m', '50x:1m'],
  spike: ['2x:20s', '50x:5s', '2x:30s'],
  soak: ['5x:30m'],
} as const satisfies Record<string, readonly string[]>;

/** `breakpoint` is no list of stages: it searches for the highest speed that holds. */
export type Profile = keyof typeof PROFILES | 'breakpoint';

export const PROFILE_NAMES: readonly Profile[] = [...(Object.keys(PROFILES) as Profile[]), 'breakpoint'];

/** What a search changes to find the highest load: events a second, or times the recorded speed. */
export type FindMax = 'rate' | 'speed';

export const FIND_MAX: readonly FindMax[] = ['rate', 'speed'];

export const ARRIVALS: readonly Arrival[] = ['recorded', 'even', 'poisson'];

/** Whether messages get a third frame. */
export type Stamp = 'none' | 'frame';

export const STAMPS: readonly Stamp[] = ['none', 'frame'];
