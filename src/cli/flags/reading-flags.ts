import { FORMATS, type OPTIONS, SORT_ORDERS } from '../../options/option-table.js';
import { ENVIRONMENT } from './environment.js';
import type { Flag } from './flag.js';
import { secondsOrZero, size } from './text-form.js';

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

export const READER_FLAG = {
  option: 'reader',
  flags: '--reader <reader>',
  help: 'how events are read: pages (of the file, and SQLite where these do not do), sql (SQLite alone)',
} as const satisfies Flag<keyof typeof OPTIONS>;

export const BUSY_TIMEOUT_FLAG = {
  option: 'busyTimeoutS',
  flags: '--busy-timeout <time>',
  help: 'longest wait for a database that another program has locked',
  form: secondsOrZero,
} as const satisfies Flag<keyof typeof OPTIONS>;

/** How the events of databases are shaped. */
export const SHAPE_FLAGS = [
  {
    option: 'convertNumber',
    flags: '--convert-number',
    help: 'send values of type number as numbers',
  },
  {
    option: 'convertBool',
    flags: '--convert-bool',
    help: 'send values of type boolean as booleans',
  },
  {
    option: 'times',
    flags: '--times <mode>',
    help: 'times in the events: replay (moved to the present), now (of the send), original',
  },
  { option: 'format', flags: '--format <format>', help: `encoding of the events: ${FORMATS.join(', ')}` },
] as const satisfies readonly Flag<keyof typeof OPTIONS>[];

export const CACHE_LIMIT_FLAG = {
  option: 'cacheLimitBytes',
  flags: '--cache-limit <size>',
  help: 'when something was made, remove from that folder what was used least recently, down to this size',
  form: size,
} as const satisfies Flag<keyof typeof OPTIONS>;

export const CACHE_FLAG = {
  option: 'cacheFolder',
  flags: '--cache <folder>',
  help: "folder that keeps what is made of databases (default: in the user's cache folder)",
  env: ENVIRONMENT.cacheFolder,
} as const satisfies Flag<keyof typeof OPTIONS>;
