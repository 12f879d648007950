import type { WatchedTopic } from '../measure/topic-watch.js';

/** After this time the weight of an event has fallen to 1/e. */
const MEMORY_S = 2;
/** Lower rates are shown as none. */
const LEAST_EVENTS_PER_S = 0.01;

/** The rates of topics, by their ids: averages in which the weight of an event falls exponentially with its age. */
export class RatesById {
  private _perS = new Float64Array(1024);
  private _sent = new Float64Array(1024);
  private _tickedNs = Number.NaN;

  /** Brings the rates up to now. @param nowNs the steady clock */
  tick(topics: readonly WatchedTopic[], nowNs: number): void {
    const spanS = (nowNs - this._tickedNs) / 1e9;
    this._tickedNs = nowNs;
    if (topics.length > this._perS.length) this._grow(topics.length);
    const kept = Number.isNaN(spanS) ? 0 : Math.exp(-spanS / MEMORY_S);
    for (const { id, sent } of topics) {
      // What was sent before the first tick is of no time that is known.
      const added = Number.isNaN(spanS) ? 0 : sent - this._sent[id];
      const perS = spanS > 0 ? kept * this._perS[id] + ((1 - kept) * added) / spanS : this._perS[id];
      this._perS[id] = perS < LEAST_EVENTS_PER_S ? 0 : perS;
      this._sent[id] = sent;
    }
  }

  /** Events per second of a topic; 0 for one that no tick has seen. */
  of(id: number): number {
    return this._perS[id] ?? 0;
  }

  private _grow(length: number): void {
    const size = 2 * length;
    const [perS, sent] = [this._perS, this._sent];
    this._perS = new Float64Array(size);
    this._sent = new Float64Array(size);
    this._perS.set(perS);
    this._sent.set(sent);
  }
}
