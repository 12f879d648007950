import { packageVersion } from '../shared/package-version.js';
import { counter, gauge, type MetricFamily } from './metric-family.js';

/** What is known of every program: its version, and what it takes of the machine. */
export function processFamilies(): MetricFamily[] {
  return [
    {
      name: 'tcs_replay_build_info',
      type: 'gauge',
      help: 'Always 1. The labels tell the version of tcs-replay and of Node.',
      read: () => [{ value: 1, labels: { version: packageVersion(), node: process.version } }],
    },
    counter(
      'process_cpu_seconds_total',
      'Processor time of all threads of the process, in seconds. A rate near 1 is one whole core.',
      () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1e6;
      },
    ),
    gauge(
      'process_resident_memory_bytes',
      'Memory of the process. It is to stay level: read-ahead and the queues of slow subscribers are in it.',
      () => process.memoryUsage.rss(),
    ),
    gauge(
      'process_start_time_seconds',
      'When the process started, in seconds since 1970.',
      () => performance.timeOrigin / 1000,
    ),
  ];
}
