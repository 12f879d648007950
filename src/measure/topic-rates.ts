import type { Run } from '../timeline/timeline.js';

/** How many events of a topic are sent. */
export interface TopicRate {
  readonly topic: string;
  /** Of about the last seconds. */
  readonly eventsPerS: number;
}

/** After so long an event counts for 1/e of what it did. */
const MEMORY_S = 2;
/** Topics that send less than an event in so long are forgotten. */
const FORGOTTEN_EVENTS_PER_S = 0.01;

/**
 * Which topics are busy. Events are counted a run at a time, or when somebody asks, from what is in the batch anyway: an
 * event costs about a nanosecond, and nothing where nobody asks.
 *
 * A rate is an average in which an event's weight falls off exponentially with its age.
 */
export class TopicRates {
  private readonly _perS = new Map<string, number>();
  private readonly _new = new Map<string, number>();
  private _run: Run | undefined;
  /** Index of the next event of the run to be counted. */
  private _at = 0;
  private _askedNs = Number.NaN;

  /** Turns to other events. @param passed how many of the run before were done with */
  begin(run: Run, passed: number): void {
    this._count(passed);
    this._run = run;
    this._at = run.first;
  }

  /**
   * The busiest topics first; none when asked for the first time.
   *
   * @param passed how many events of the run at hand are done with
   * @param nowNs the steady clock
   */
  busiest(most: number, passed: number, nowNs: number): TopicRate[] {
    const spanS = (nowNs - this._askedNs) / 1e9;
    // Before, nobody wanted to know.
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
