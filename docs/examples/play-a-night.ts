// Plays a night sixty times as fast as it was recorded: node play-a-night.js night.db [url]
import { replay } from 'tcs-replay';

const [database = 'night.db', url = 'tcp://127.0.0.1:5556'] = process.argv.slice(2);

const { sent, durationS, lateness } = await replay({
  databases: database,
  url,
  speedup: 60,
  convertNumber: true,
  convertBool: true,
});

console.log(`${sent} events in ${durationS.toFixed(1)} s, half of them less than ${lateness?.p50Us} µs late`);
