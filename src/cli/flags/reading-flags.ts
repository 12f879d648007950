import { type OPTIONS, SORT_ORDERS } from '../../options/option-table.js';
import { ENVIRONMENT } from './environment.js';
import type { Flag } from './flag.js';
import { secondsOrZero } from './text-form.js';

export const SORT_BY_FLAG = {
  option: 'sortBy',
  flags: '-S, --sort-by <order>',
  help: `order of the events: ${SORT_ORDERS.join(', ')}`,
} as const satisfies Flag<keyof typeof OPTIONS>;

export const WORKERS_FLAG = {
  option: 'workers',
  flags: '--workers <threads>',
  help: 'threads that read and decode; 0: the main thread does both',
} as const satisfies Flag<keyof typeof OPTIONS>;

export const BUSY_TIMEOUT_FLAG = {
  option: 'busyTimeoutS',
  flags: '--busy-timeout <time>',
  help: 'longest wait for a database that another program has locked',
  form: secondsOrZero,
} as const satisfies Flag<keyof typeof OPTIONS>;

export const CACHE_FLAG = {
  option: 'cacheFolder',
  flags: '--cache <folder>',
  help: "folder that keeps indices and orders (default: in the user's cache folder)",
  env: ENVIRONMENT.cacheFolder,
} as const satisfies Flag<keyof typeof OPTIONS>;
