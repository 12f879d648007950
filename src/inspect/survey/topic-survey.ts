import { type AttributeFacts, AttributeProfile } from './attribute-profile.js';

/** The events of a topic. Times are Unix seconds; NaN where no event has one. */
export interface TopicFacts {
  readonly topic: string;
  readonly events: number;
  /** Size of topic and payload of all events. */
  readonly bytes: number;
  readonly firstS: number;
  readonly lastS: number;
  /** Mean events per second from the first to the last, not counting gaps of all topics; NaN where that time is 0. */
  readonly rateHz: number;
  /** Longest silence, not counting gaps of all topics, and when it began; NaN with fewer than two times. */
  readonly largestGapS: number;
  readonly largestGapAtS: number;
  /** Number of events that were sampled for `attributes`. */
  readonly sampledEvents: number;
  readonly attributes: readonly AttributeFacts[];
}

/** Number of first events that are all sampled. */
const FIRST_SAMPLED = 32;
/** Later, an event is sampled when their number has grown by this factor: about 25 samples per tenfold number. */
const SAMPLE_GROWTH = 1.1;

/** Limit of attribute profiles, shared by all topics: bounds memory. */
export interface ProfileBudget {
  /** Number of profiles that may still be made. */
  left: number;
}

/** Collects statistics about the events of one topic. */
export class TopicSurvey {
  private readonly _topic: string;
  /** Size of the topic's name, which is sent with each event. */
  readonly nameBytes: number;
  private readonly _budget: ProfileBudget;
  private readonly _profiles = new Map<string, AttributeProfile>();
  private _events = 0;
  private _timed = 0;
  private _bytes = 0;
  private _firstS = Number.POSITIVE_INFINITY;
  private _lastS = Number.NEGATIVE_INFINITY;
  private _silentAtFirstS = 0;
  private _silentAtLastS = 0;
  private _largestGapS = Number.NaN;
  private _largestGapAtS = Number.NaN;
  private _nextSample = 1;
  private _sampled = 0;

  constructor(topic: string, budget: ProfileBudget) {
    this._topic = topic;
    this.nameBytes = Buffer.byteLength(topic);
    this._budget = budget;
  }

  /**
   * Adds an event.
   *
   * @param dueS due time in Unix seconds; NaN: none
   * @param silentS total length so far of the gaps of all topics, in seconds
   */
  add(dueS: number, payloadBytes: number, silentS: number): void {
    this._events += 1;
    this._bytes += this.nameBytes + payloadBytes;
    if (Number.isNaN(dueS)) return;
    this._timed += 1;
    if (this._timed === 1) this._silentAtFirstS = silentS;
    if (dueS < this._firstS) this._firstS = dueS;
    if (dueS <= this._lastS) return;
    if (this._timed > 1) {
      const gapS = Math.max(0, dueS - this._lastS - (silentS - this._silentAtLastS));
      if (!(gapS <= this._largestGapS)) {
        this._largestGapS = gapS;
        this._largestGapAtS = this._lastS;
      }
    }
    this._lastS = dueS;
    this._silentAtLastS = silentS;
  }

  /** Whether the last event added should be passed to `sample`. */
  get wantsSample(): boolean {
    return this._events >= this._nextSample;
  }

  /** Profiles the attributes of the last event added. */
  sample(payload: Buffer): void {
    this._sampled += 1;
    this._nextSample =
      this._events < FIRST_SAMPLED ? this._events + 1 : Math.ceil(this._events * SAMPLE_GROWTH);
    const event = JSON.parse(payload.toString('latin1')) as Record<string, unknown>;
    for (const key of Object.keys(event)) {
      let profile = this._profiles.get(key);
      if (profile === undefined) {
        if (this._budget.left === 0) continue;
        this._budget.left -= 1;
        profile = new AttributeProfile();
        this._profiles.set(key, profile);
      }
      profile.add(event[key]);
    }
  }

  get facts(): TopicFacts {
    const hasTimes = this._timed > 0;
    const spanS = this._lastS - this._firstS - (this._silentAtLastS - this._silentAtFirstS);
    return {
      topic: this._topic,
      events: this._events,
      bytes: this._bytes,
      firstS: hasTimes ? this._firstS : Number.NaN,
      lastS: hasTimes ? this._lastS : Number.NaN,
      rateHz: spanS > 0 ? (this._timed - 1) / spanS : Number.NaN,
      largestGapS: this._largestGapS,
      largestGapAtS: this._largestGapAtS,
      sampledEvents: this._sampled,
      attributes: [...this._profiles].map(([key, profile]) => profile.facts(key, this._sampled)),
    };
  }
}
