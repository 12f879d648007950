import { type OPTIONS, SORT_ORDERS } from '../../options/option-table.js';
import type { Flag } from './flag.js';

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
