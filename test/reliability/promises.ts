import { CACHE_DAMAGES } from './cache-damages.js';
import { CONTROLS } from './controls.js';
import { DAMAGES } from './damages.js';
import { DELIVERIES } from './deliveries.js';
import { HOSTILE_ARGUMENTS } from './hostile-arguments.js';
import { HOSTILE_PEERS } from './hostile-peers.js';
import { KILLS } from './kills.js';
import type { ReliabilityPromise } from './reliability-promise.js';

/** All promises that are tried, in the order of docs/reliability.md. */
export const PROMISES: readonly ReliabilityPromise[] = [
  DELIVERIES,
  CONTROLS,
  KILLS,
  DAMAGES,
  CACHE_DAMAGES,
  HOSTILE_PEERS,
  HOSTILE_ARGUMENTS,
];
