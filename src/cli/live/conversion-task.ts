import type { ConvertProgress } from '../../convert/convert.js';
import * as text from '../../shared/text.js';
import type { Task } from './task-progress.js';

/** What a terminal shows of a conversion. @param path of its output */
export function conversionTask({ stage, events, share }: ConvertProgress, path: string): Task {
  const what = stage === 'rewrite' ? 'writing once more' : 'writing';
  return { what, path, share, counts: [text.counted(events, 'event')] };
}
