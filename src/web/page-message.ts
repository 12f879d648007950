import { messageOf } from '../shared/errors.js';
import type { Wanted } from './page-client.js';

/** Topics whose payloads, and attributes whose tails, one page may ask for. */
const MOST_VALUES = 64;
const MOST_PLOTS = 64;
const MOST_TOPICS = 20_000;
const MOST_SUBSCRIBERS = 200;
/** A message has 64 KiB in all. */
const LONGEST_NAME = 16 << 10;

/** A message of a page, checked. */
export type PageMessage =
  | { readonly op: 'want'; readonly wanted: Wanted }
  | { readonly op: 'request'; readonly id: number; readonly request: Record<string, unknown> };

/** Parses and checks a message of a page. @throws Error that says what is wrong with it */
export function parsePageMessage(text: string): PageMessage {
  const message = parsed(text);
  if (message.op === 'want') return { op: 'want', wanted: wantedOf(message) };
  if (message.op !== 'request') throw new Error('Expected op to be want or request');
  const { id, request } = message;
  if (typeof id !== 'number' || !isObject(request))
    throw new Error('Expected a number id and an object request');
  return { op: 'request', id, request };
}

function parsed(text: string): Record<string, unknown> {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch (error) {
    throw new Error(`Expected JSON: ${messageOf(error)}`);
  }
  if (isObject(message)) return message;
  throw new Error('Expected a JSON object');
}

function wantedOf({ topics, values, plots, subscribers = 0 }: Record<string, unknown>): Wanted {
  const isId = (id: unknown) => Number.isSafeInteger(id) && (id as number) >= 0;
  if (topics !== 'all' && !isListOf(topics, MOST_TOPICS, isId))
    throw new Error(`Expected topics to be "all" or at most ${MOST_TOPICS} ids`);
  if (!isListOf(values, MOST_VALUES, isName))
    throw new Error(`Expected values to be at most ${MOST_VALUES} topics`);
  const isPlot = (plot: unknown) => isObject(plot) && isName(plot.topic) && isName(plot.attribute);
  if (!isListOf(plots, MOST_PLOTS, isPlot))
    throw new Error(`Expected plots to be at most ${MOST_PLOTS} objects with topic and attribute`);
  if (!isId(subscribers) || (subscribers as number) > MOST_SUBSCRIBERS)
    throw new Error(`Expected subscribers to be a number up to ${MOST_SUBSCRIBERS}`);
  return {
    topics: topics === 'all' ? 'all' : new Set(topics as number[]),
    values: values as string[],
    plots: plots as Wanted['plots'],
    subscribers: subscribers as number,
  };
}

function isListOf(value: unknown, most: number, isOne: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length <= most && value.every(isOne);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_NAME;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
