// Serves a night for ever, and stops cleanly on Ctrl-C: node stop.js night.db [url]
import { replay, TcsReplayError } from 'tcs-replay';

const [database = 'night.db', url = 'tcp://127.0.0.1:5556'] = process.argv.slice(2);

const controller = new AbortController();
process.once('SIGINT', () => controller.abort());

try {
  const { endedBy, sent, passes } = await replay({
    databases: database,
    url,
    serveForever: true,
    signal: controller.signal,
  });
  console.log(`Ended by ${endedBy} in pass ${passes}: ${sent} events`);
} catch (error) {
  // Match on the code: messages may be reworded.
  if (!(error instanceof TcsReplayError && error.code === 'NO_SUCH_FILE')) throw error;
  console.error('There is no such night.');
  process.exitCode = 1;
}
