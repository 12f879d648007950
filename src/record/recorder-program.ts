/** The entry of the thread that writes a recording. */

import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, TcsReplayError } from '../shared/errors.js';
import { loadFor } from './open-event-file.js';
import type { FromRecorder, RecorderSetup, ToRecorder } from './record-messages.js';
import { Recorder } from './recorder.js';

export default start();

async function start(): Promise<void> {
  const port = parentPort;
  if (port === null) return;
  const tell = (message: FromRecorder) => {
    port.postMessage(message);
    // The thread ends by itself when nothing is left that it listens to.
    if (message.kind === 'ended' || message.kind === 'failed') port.close();
  };
  const setup = workerData as RecorderSetup;
  let recorder: Recorder;
  try {
    await loadFor(setup.path);
    recorder = new Recorder(setup, tell);
  } catch (error) {
    const code = error instanceof TcsReplayError ? error.code : 'WRITE_FAILED';
    tell({ kind: 'failed', error: { code, message: messageOf(error) } });
    return;
  }
  port.on('message', (message: ToRecorder) => {
    if (message.kind === 'end') recorder.end();
    else recorder.append({ ...message, bytes: Buffer.from(message.bytes) });
  });
}
