import type { EventPlace } from '../measure/topic-watch.js';
import { AttributeReader, numberOf } from '../payload/attribute-reader.js';
import { payloadOf } from './payload-text.js';
import type { ToPage } from './protocol.js';

/** An attribute of a topic that is plotted. */
export interface Plot {
  readonly topic: string;
  readonly attribute: string;
}

export type Tail = Extract<ToPage, { op: 'tails' }>['tails'][number];

/** Payloads that are read a tick, for all plots: a few microseconds each. Of more events, some are left out evenly. */
const MOST_PAYLOADS = 64;

/** The newest values of the attributes that are plotted. */
export class PlotTails {
  private readonly _reader = new AttributeReader();

  /** The tails of events, by `keyOf` the plot; none where nothing was sent. @param followed events by topic, in the order of play */
  of(
    followed: ReadonlyMap<string, readonly EventPlace[]>,
    plots: ReadonlyMap<string, Plot>,
  ): ReadonlyMap<string, Tail> {
    const tails = new Map<string, Tail>();
    const topics = new Set(Array.from(plots.values(), ({ topic }) => topic));
    const most = Math.max(1, Math.floor(MOST_PAYLOADS / Math.max(1, plots.size)));
    for (const topic of topics) {
      const events = followed.get(topic) ?? [];
      const step = Math.ceil(events.length / most);
      const payloads = events
        .filter((_, i) => (events.length - 1 - i) % step === 0)
        .map((event) => ({ payload: payloadOf(event), atS: event.batch.dueS[event.index] }))
        .filter(({ atS }) => Number.isFinite(atS));
      for (const plot of plots.values()) {
        if (plot.topic !== topic) continue;
        const tail = this._tailOf(plot, payloads);
        if (tail !== undefined) tails.set(keyOf(plot), tail);
      }
    }
    return tails;
  }

  private _tailOf(
    { topic, attribute }: Plot,
    events: readonly { readonly payload: Buffer; readonly atS: number }[],
  ): Tail | undefined {
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    let last: { readonly text: string; readonly atS: number } | undefined;
    for (const { payload, atS } of events) {
      const text = this._reader.textOf(payload, attribute);
      if (text === undefined) continue;
      last = { text, atS };
      const number = numberOf(text);
      if (!Number.isFinite(number)) continue;
      min = Math.min(min, number);
      max = Math.max(max, number);
    }
    if (last === undefined) return undefined;
    const hasNumber = min <= max;
    return {
      topic,
      attribute,
      atS: last.atS,
      min: hasNumber ? min : null,
      max: hasNumber ? max : null,
      text: last.text,
    };
  }
}

export function keyOf({ topic, attribute }: Plot): string {
  return JSON.stringify([topic, attribute]);
}
