import { signal } from '@preact/signals';
import { plain } from '../../../shared/plain-text.js';
import { link, type Reply } from '../connection/link.js';
import { timeText } from './clock.js';
import { overview } from './night.js';
import { isPaused, status } from './standing.js';

/** What came of an order, for a few seconds. */
export interface Notice {
  readonly text: string;
  readonly isError: boolean;
}

const NOTICE_MS = 6000;
const ERROR_MS = 15_000;

export const notice = signal<Notice | undefined>(undefined);
/** Orders that are being carried out. */
export const pending = signal<readonly string[]>([]);

let timer: ReturnType<typeof setTimeout> | undefined;

export function tell(text: string, isError = false): void {
  clearTimeout(timer);
  notice.value = { text, isError };
  timer = setTimeout(
    () => {
      notice.value = undefined;
    },
    isError ? ERROR_MS : NOTICE_MS,
  );
}

/**
 * Sends a request of the control socket, and tells what came of it.
 *
 * @param what is being done, as in `seeking`
 * @param told what a reply means; undefined: nothing is told
 * @param faultOf why a reply is a failure for the user all the same; undefined: it is none
 * @returns the error's message; undefined: it was done
 */
async function order(
  what: string,
  request: Readonly<Record<string, unknown>>,
  told: (reply: Reply) => string | undefined = () => undefined,
  faultOf: (reply: Reply) => string | undefined = () => undefined,
): Promise<string | undefined> {
  pending.value = [...pending.value, what];
  const reply = await link.request(request);
  const at = pending.value.indexOf(what);
  pending.value = pending.value.filter((_, i) => i !== at);
  const error = reply.ok ? faultOf(reply) : plain(reply.error.message);
  if (error !== undefined) tell(error, true);
  else {
    const text = told(reply);
    if (text !== undefined) tell(text);
  }
  return error;
}

function placeText(reply: Reply, digits = 0): string {
  return timeText((reply.toS as number | null | undefined) ?? null, digits);
}

export function togglePause(): void {
  void order('', { command: isPaused.value ? 'resume' : 'pause' });
}

/** @param topic all events up to the next one of it; absent: one event */
export function step(topic?: string): Promise<string | undefined> {
  const what = topic === undefined ? 'stepping' : `stepping to ${plain(topic)}`;
  return order(what, topic === undefined ? { command: 'step' } : { command: 'step', topic }, (reply) => {
    const event = reply.event as { readonly topic: string; readonly dueS: number | null } | null;
    if (event === null) return 'No such event sent';
    const sent = overview.value?.mode === 'view' ? 'Shown' : 'Sent';
    return `${sent} ${plain(event.topic)}, recorded ${event.dueS === null ? 'without a time' : timeText(event.dueS, 3)}`;
  });
}

export function goToTopic(topic: string): Promise<string | undefined> {
  return order(
    `looking for ${plain(topic)}`,
    { command: 'next-event', topic },
    (reply) => `${plain(topic)} at ${placeText(reply, 3)}`,
    (reply) => (reply.toS === null ? `No event of ${plain(topic)} ahead` : undefined),
  );
}

export function nextGap(): void {
  void order('looking for a silence', { command: 'next-gap' }, (reply) =>
    reply.toS === null ? 'No silence ahead' : `Past a silence, at ${placeText(reply)}`,
  );
}

/** @param to as the control socket takes it */
export function seek(to: string | number): Promise<string | undefined> {
  return order('seeking', { command: 'seek', to }, (reply) => `At ${placeText(reply)}`);
}

let distanceS = 0;
let isSeekingBy = false;

/** Sums up distances: a key that is held down repeats faster than jumps are made. */
export async function seekBy(byS: number): Promise<void> {
  distanceS += byS;
  if (isSeekingBy) return;
  isSeekingBy = true;
  while (distanceS !== 0) {
    const by = distanceS;
    distanceS = 0;
    const error = await order('seeking', { command: 'seek', by }, (reply) => `At ${placeText(reply)}`);
    if (error !== undefined) distanceS = 0;
  }
  isSeekingBy = false;
}

export function changeSpeed(speedup: number | 'max'): void {
  void order('', { command: 'speed', speedup });
}

/** Changes the speed by a step of the ladder. */
export function changeSpeedBy(step: 1 | -1): void {
  const now = numberOf(status.value?.speedup ?? 1);
  const speeds = (overview.value?.speeds ?? []).map(numberOf);
  const next = step > 0 ? speeds.find((speed) => speed > now) : speeds.findLast((speed) => speed < now);
  if (next !== undefined) changeSpeed(next === Number.POSITIVE_INFINITY ? 'max' : next);
}

function numberOf(speedup: number | 'max'): number {
  return speedup === 'max' ? Number.POSITIVE_INFINITY : speedup;
}

export function quit(): void {
  void order('ending', { command: 'quit' });
}

/** Goes back to where a loop begins. @returns whether it was done */
export async function repeatFrom(timeS: number): Promise<boolean> {
  return (await order('', { command: 'seek', to: timeS })) === undefined;
}
