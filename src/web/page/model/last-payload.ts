import { effect, signal } from '@preact/signals';
import { entriesAsWritten } from '../../../payload/entries-as-written.js';
import { link } from '../connection/link.js';
import { selectedTopic } from './topic-rows.js';

export interface Entry {
  readonly key: string;
  /** As it was written: numbers with all their digits. */
  readonly value: string;
  readonly type: 'string' | 'number' | 'boolean' | 'null' | 'array' | 'object';
  /** Whether it differs from the payload before. */
  readonly isChanged: boolean;
}

/** The last payload of the selected topic. */
export interface LastPayload {
  readonly topic: string;
  readonly payload: string;
  readonly dueS: number | null;
  /** Undefined: the payload is no JSON object. */
  readonly entries: readonly Entry[] | undefined;
}

/** Undefined: nothing of the topic has been sent yet. */
export const lastPayload = signal<LastPayload | undefined>(undefined);

export function followPayload(): void {
  effect(() => {
    if (lastPayload.peek()?.topic !== selectedTopic.value) lastPayload.value = undefined;
  });
  link.on('values', ({ values }) => {
    const value = values.find(({ topic }) => topic === selectedTopic.value);
    if (value === undefined) return;
    const before = lastPayload.peek();
    if (before?.payload === value.payload && before.dueS === value.dueS) return;
    lastPayload.value = { ...value, entries: entriesOf(value.payload, before?.entries) };
  });
}

function entriesOf(payload: string, before: readonly Entry[] | undefined): readonly Entry[] | undefined {
  let written: readonly [string, string][];
  try {
    written = entriesAsWritten(payload);
  } catch {
    return undefined;
  }
  const values = JSON.parse(payload) as Readonly<Record<string, unknown>>;
  const earlier = new Map(before?.map(({ key, value }) => [key, value]));
  return written.map(([key, value]) => ({
    ...{ key, value, type: typeOf(values[key]) },
    isChanged: before !== undefined && earlier.get(key) !== value,
  }));
}

function typeOf(value: unknown): Entry['type'] {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : (typeof value as Entry['type']);
}
