/**
 * The measured program: it replays a night again and again, as an application that uses the library does, and
 * samples itself.
 */
import { startReplay } from '../../src/index.js';
import { FootprintProbe } from './footprint-probe.js';
import { type LoopTask, SAMPLE_INTERVAL_MS, WARM_UP_SHARE } from './loop-task.js';

const { database, url, events, ratePerS, highWaterMark } = JSON.parse(process.argv[2]) as LoopTask;
const playback = startReplay({
  ...{ databases: database, url, highWaterMark, serveForever: true, limit: events },
  ...(ratePerS === undefined ? { speedup: 'max' } : { rate: ratePerS }),
  ...{ waitSetupS: 0, waitSubscribers: 1 },
});
let probe: FootprintProbe | undefined;
const timer = setInterval(() => {
  const { sent } = playback.status();
  if (probe !== undefined) probe.look(sent);
  else if (sent >= WARM_UP_SHARE * events) probe = new FootprintProbe(sent);
}, SAMPLE_INTERVAL_MS);
const { sent } = await playback.outcome;
clearInterval(timer);
if (probe === undefined) throw new Error(`Expected to be warm before all of ${events} events were sent`);
process.stdout.write(`${JSON.stringify({ sent, ...probe.end() })}\n`);
