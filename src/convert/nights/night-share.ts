import { badOption } from '../../shared/expect.js';

/** More tasks than a cluster runs at a time. */
const MOST_TASKS = 100_000;
const SHARE = /^(\d{1,6})\/(\d{1,6})$/;

/** Which of the nights one of several tasks converts. */
export interface NightShare {
  /** Number of the task: from 1 on. */
  readonly task: number;
  readonly tasks: number;
}

/**
 * Parses a share such as `3/10`.
 *
 * @param name names the option in errors
 * @throws TcsReplayError `BAD_OPTION`
 */
export function parseNightShare(name: string, value: string): NightShare {
  const [text, task, tasks] = SHARE.exec(value.trim())?.map(Number) ?? [];
  if (text !== undefined && task >= 1 && task <= tasks && tasks <= MOST_TASKS) return { task, tasks };
  const hint = task === 0 ? '; tasks count from 1: add one to an index that begins with 0' : '';
  throw badOption(name, 'a task and the number of tasks, such as 3/10', value, hint);
}

/**
 * Whether a night is one of a task's: the tasks take nights in turn, by their dates. So each night is that of one task, whatever
 * other nights there are.
 *
 * @param night date of its evening, in days since 1970-01-01
 */
export function isOfShare(night: number, { task, tasks }: NightShare): boolean {
  return (((night % tasks) + tasks) % tasks) + 1 === task;
}
