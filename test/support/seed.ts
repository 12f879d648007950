import fc from 'fast-check';

const CI_SEED = 20_180_323;

/**
 * The seed of property tests: another one each time, but for continuous integration, where a failure is then one of the
 * current change. `TEST_SEED` repeats a run. Loaded before all tests.
 */
const { TEST_SEED, CI } = process.env;
const seed = TEST_SEED !== undefined ? Number(TEST_SEED) : CI === 'true' ? CI_SEED : undefined;
if (seed !== undefined) fc.configureGlobal({ seed });
