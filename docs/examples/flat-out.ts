// Sends a night as fast as possible, shows progress, and prints the whole outcome: node flat-out.js night.db [url]
import { replay } from 'tcs-replay';

const [database = 'night.db', url = 'tcp://127.0.0.1:5556'] = process.argv.slice(2);

const outcome = await replay({
  databases: database,
  url,
  speedup: 'max',
  onProgress: ({ share, eventsPerS }) => {
    console.error(`${Math.floor(100 * share)} %, ${Math.round(eventsPerS)} events/s`);
  },
});

console.log(JSON.stringify(outcome, undefined, 2));
