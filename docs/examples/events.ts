// Iterates over the events of a night without a socket, and counts them by topic: node events.js night.db
import { TCSDBReplay } from 'tcs-replay';

const [database = 'night.db'] = process.argv.slice(2);

const events = new TCSDBReplay(database, { speedup: 'max', sortBy: '__wire_time', topics: ['tracker.*'] });
const counts = new Map<string, number>();
let others = 0;
try {
  for await (const event of events) {
    if (event === null) {
      others += 1;
      continue;
    }
    const [topic] = event;
    counts.set(topic, (counts.get(topic) ?? 0) + 1);
  }
} finally {
  await events.close();
}

for (const [topic, count] of counts) console.log(`${topic}: ${count}`);
console.log(`other topics: ${others}`);
