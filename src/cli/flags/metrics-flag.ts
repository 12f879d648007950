import type { Flag } from './flag.js';

/** Where metrics are served, of every command that has some. */
export const METRICS_FLAG = {
  option: 'metrics',
  flags: '--metrics <address>',
  help: 'serve metrics for Prometheus at this port, or host and port: 9464 (docs/metrics.md)',
} as const satisfies Flag<'metrics'>;
