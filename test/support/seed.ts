import fc from 'fast-check';

/** The seed of property tests: `TEST_SEED` repeats a run. Loaded before all tests. */
const { TEST_SEED } = process.env;
if (TEST_SEED !== undefined) fc.configureGlobal({ seed: Number(TEST_SEED) });
