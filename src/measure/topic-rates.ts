import type { Run } from '../timeline/timeline.js';
import { RunTopics } from './run-topics.js';

/** The current rate of a topic. */
export interface TopicRate {
  readonly topic: string;
  /** The name that it is sent as; absent where no topic is renamed. */
  readonly sentAs?: string;
  /** Average over about the last two seconds. */
  readonly eventsPerS: number;
}

/** After this time the weight of an event has fallen to 1/e. */
const MEMORY_S = 2;
/** Topics with a lower rate are forgotten. */
const FORGOTTEN_EVENTS_PER_S = 0.01;

/**
 * Measures the rates of topics. Costs nothing until rates are first read.
 *
 * A rate is an average in which the weight of an event decreases exponentially with its age.
 */
export class TopicRates {
  private readonly _perS = new Map<string, number>();
  private readonly _new = new Map<string, number>();
  private readonly _topics = new RunTopics((topic, events) =>
    this._new.set(topic, (this._new.get(topic) ?? 0) + events),
  );
  private _run: Run | undefined;
  private _askedNs = Number.NaN;

  /** Begins a run. @param passed number of events of the run before that were passed */
  begin(run: Run, passed: number): void {
    this._run = run;
    if (this._isAsked) this._topics.begin(run, passed);
  }

  /**
   * The busiest topics, those with most events first; none at the first call.
   *
   * @param most number of topics returned at most
   * @param passed number of events of the current run that were passed
   * @param nowNs the steady clock
   */
  busiest(most: number, passed: number, nowNs: number): TopicRate[] {
    if (!this._isAsked && this._run !== undefined) this._topics.begin(this._run, 0);
    this._topics.count(passed);
    // Events before the first call are of no second that is known.
    if (!this._isAsked) this._new.clear();
    const spanS = (nowNs - this._askedNs) / 1e9;
    this._askedNs = nowNs;
    if (spanS > 0) this._average(spanS);
    return [...this._perS]
      .map(([topic, eventsPerS]) => ({ topic, eventsPerS }))
      .sort((a, b) => b.eventsPerS - a.eventsPerS)
      .slice(0, most);
  }

  private get _isAsked(): boolean {
    return !Number.isNaN(this._askedNs);
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
}
