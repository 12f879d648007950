import type { LoadTestOptions } from './load-options.js';
import type { LoadReport } from './load-report.js';

/**
 * Applies a load to subscribers, proves what each of them got, and judges that by conditions. Its code is loaded at the first call:
 * programs that only replay do without it.
 *
 * @returns what was found, also if `signal` ended it early
 * @throws TcsReplayError
 */
export async function loadTest(options: LoadTestOptions): Promise<LoadReport> {
  const { loadTest } = await import('./load-test.js');
  return loadTest(options);
}
