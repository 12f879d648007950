import { availableParallelism, cpus } from 'node:os';
import type { LoadReport } from './load-report.js';

/** What the load test ran on. */
export function machine(): LoadReport['machine'] {
  const [cpu] = cpus();
  return {
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cores: availableParallelism(),
    cpu: cpu?.model.trim() ?? 'unknown',
  };
}
