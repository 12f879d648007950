import type { Run } from '../timeline/timeline.js';

/** The current rate of a topic. */
export interface TopicRate {
  readonly topic: string;
  /** Average over about the last two seconds. */
  readonly eventsPerS: number;
}

/** After this time the weight of an event has fallen to 1/e. */
const MEMORY_S = 2;
/** Topics with a lower rate are forgotten. */
const FORGOTTEN_EVENTS_PER_S = 0.01;

/**
 * Measures the rates of topics. Events are counted once per run, and when rates are read, from the topic ids in the batch.
 * Costs about 1 ns an event, and nothing until rates are first read.
 *
 * A rate is an average in which the weight of an event decreases exponentially with its age.
 */
export class TopicRates {
  private readonly _perS = new Map<string, number>();
  private readonly _new = new Map<string, number>();
  private _run: Run | undefined;
  /** Index in the batch of the next event to count. */
  private _at = 0;
  private _askedNs = Number.NaN;

  /** Begins a run. @param passed number of events of the run before that were passed */
  begin(run: Run, passed: number): void {
    this._count(passed);
    this._run = run;
    this._at = run.first;
  }

  /**
   * The busiest topics, those with most events first; none at the first call.
   *
   * @param most number of topics returned at most
   * @param passed number of events of the current run that were passed
   * @param nowNs the steady clock
   */
  busiest(most: number, passed: number, nowNs: number): TopicRate[] {
    const spanS = (nowNs - this._askedNs) / 1e9;
    // The first call: events before it are not counted.
    if (Number.isNaN(spanS) && this._run !== undefined) this._at = this._run.first + passed;
    else this._count(passed);
    this._askedNs = nowNs;
    if (spanS > 0) this._average(spanS);
    return [...this._perS]
      .map(([topic, eventsPerS]) => ({ topic, eventsPerS }))
      .sort((a, b) => b.eventsPerS - a.eventsPerS)
      .slice(0, most);
  }

  private _average(spanS: number): void {
    const kept = Math.exp(-spanS / MEMORY_S);
    for (const [topic, eventsPerS] of this._perS) {
      if (eventsPerS * kept < FORGOTTEN_EVENTS_PER_S) this._perS.delete(topic);
      else this._perS.set(topic, eventsPerS * kept);
    }
    for (const [topic, count] of this._new) {
      this._perS.set(topic, (this._perS.get(topic) ?? 0) + ((1 - kept) * count) / spanS);
    }
    this._new.clear();
  }

  private _count(passed: number): void {
    if (this._run === undefined || Number.isNaN(this._askedNs)) return;
    const { batch, first, end } = this._run;
    const to = Math.min(first + passed, end);
    const counts = new Uint32Array(batch.topics.length);
    for (; this._at < to; this._at++) counts[batch.topicIdOf(this._at)] += 1;
    for (const [id, count] of counts.entries()) {
      if (count > 0) this._new.set(batch.topics[id], (this._new.get(batch.topics[id]) ?? 0) + count);
    }
  }
}
