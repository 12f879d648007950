import { OBSERVATORY_ZONE } from '../selection/time-zone.js';

/** What options of a recording are where they are not given. */
export const RECORD_DEFAULTS = {
  url: ['tcp://127.0.0.1:5556'],
  timezone: OBSERVATORY_ZONE,
  /** Some seconds of 50,000 events/s of 16 attributes. */
  queueBytes: 128 << 20,
} as const;
