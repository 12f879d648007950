// Drives a replay: begins paused, seeks to a time, sends one event, and plays the rest ten times as fast.
//
//   node drive-a-night.js night.db tcp://127.0.0.1:5556 +30s
import { startReplay } from 'tcs-replay';

const [database = 'night.db', url = 'tcp://127.0.0.1:5556', time = '+30s'] = process.argv.slice(2);
const playback = startReplay({ databases: database, url, startPaused: true, waitSubscribers: 1 });
await playback.seek(time);
const event = await playback.step();
console.log(`first ${event?.topic}`);
playback.changeSpeed(10);
playback.resume();
const { sent, endedBy } = await playback.outcome;
console.log(`${sent} events until the ${endedBy}`);
