/** Starts a subscriber by its plan, and tells on stdout its process id and what it has received, until it is killed. */
import { anchorOf } from '../../src/loadtest/subscriber/anchored-clock.js';
import { SubscriberProcess } from '../../src/loadtest/subscriber/subscriber-process.js';
import { systemClock } from '../../src/shared/clock.js';

const subscriber = await SubscriberProcess.start(JSON.parse(process.argv[2] as string), {
  anchor: anchorOf(systemClock),
  onReport: ({ received }) => console.log(`received ${received}`),
});
console.log(`pid ${subscriber.pid}`);
await subscriber.connect();
