import { after, describe, it } from 'node:test';
import { endAll, skipWithoutPython } from '../support/peer.js';
import { PROMISES } from './promises.js';
import { runTrial } from './run-trial.js';

/** One trial of each: `npm run test:reliability` goes on for minutes, with other seeds. */
const SEED = 1;

describe('a short trial of each promise', { skip: skipWithoutPython() }, () => {
  after(endAll);
  for (const promise of PROMISES) it(promise.says, async () => void (await runTrial(promise, SEED)));
});
