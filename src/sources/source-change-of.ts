import { isAsOpened } from '../database/recording.js';
import type { AnyRecording } from '../formats/file-recording.js';
import type { TaskRunner } from '../threads/task-runner.js';
import type { SourceChange } from './source.js';

/** How the file of a recording has changed since it was opened; undefined: it has not. Never rejects. */
export async function sourceChangeOf(
  runner: TaskRunner,
  recording: AnyRecording,
): Promise<SourceChange | undefined> {
  const { path } = recording;
  if (isAsOpened(recording)) return undefined;
  try {
    const change = await runner.run('changeOf', recording);
    return change && { path, ...change };
  } catch {
    // A replay that was stopped has closed its threads.
    return { path, kind: 'changed', found: 'the file was written to' };
  }
}
