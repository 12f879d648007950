import { withSafeCallbacks } from '../shared/callbacks.js';
import type { NameOf } from '../shared/expect.js';
import type { LoadTestOptions } from './load-options.js';
import type { LoadReport } from './load-report.js';
import { resolveLoad } from './resolve-load.js';
import { StagedLoad } from './staged-load.js';
import { LoadSearch } from './trials/load-search.js';

/**
 * Applies a load to subscribers, proves what each of them got, and judges that by conditions.
 *
 * @param nameOf what the user calls an option, for errors
 * @returns what was found, also if `signal` ended it early
 * @throws TcsReplayError
 */
export function loadTest(
  options: LoadTestOptions,
  nameOf: NameOf<keyof LoadTestOptions> = (option) => option,
): Promise<LoadReport> {
  const load = resolveLoad(options, nameOf);
  const safe = withSafeCallbacks(options);
  const run =
    load.search === undefined
      ? new StagedLoad(safe, load, nameOf)
      : new LoadSearch(safe, load, load.search, nameOf);
  return run.run();
}
