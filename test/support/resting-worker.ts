import { parentPort, workerData } from 'node:worker_threads';
import { ReadPace } from '../../src/threads/read-pace.js';

/** A minute: the test has ended, or failed, long before. */
const REST_MS = 60_000;

/** Rests once, and tells when. */
const pace = new ReadPace(workerData, REST_MS);
parentPort?.postMessage('rests');
pace.rest();
parentPort?.postMessage(pace.isGivenUp ? 'is given up' : 'goes on');
