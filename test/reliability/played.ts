import assert from 'node:assert/strict';
import { join } from 'node:path';
import { freePort, PythonSubscriber, readRecorded, runCli } from '../support/peer.js';

/**
 * Plays a night, flat out and with its times as they were recorded, to a subscriber in Python.
 *
 * @param folder where the subscriber records
 * @returns all messages that the subscriber received
 */
export async function played(
  night: string,
  folder: string,
  args: readonly string[],
): Promise<{ topic: string; payloadText: string }[]> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const record = join(folder, 'record');
  const subscriber = await PythonSubscriber.start(url, { record });
  const waits = ['--wait-setup', '0', '--wait-subscribers', '1', '--wait-timeout', '120'];
  const command = [night, '-u', url, ...waits, '--times', 'original', '-s', 'max', '--quiet', ...args];
  const { code, stderr } = await runCli(command);
  assert.equal(code, 0, `${command.join(' ')}: ${stderr}`);
  await subscriber.result();
  return readRecorded(record);
}
