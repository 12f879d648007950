import type { TopicWatch } from '../measure/topic-watch.js';
import type { FaultLog } from './fault-log.js';
import { payloadText } from './payload-text.js';
import type { ToPage } from './protocol.js';
import type { ShownReplay } from './shown-replay.js';
import { topicOf } from './topic-of.js';

type Value = Extract<ToPage, { op: 'values' }>['values'][number];

/** A moment behind an event, in seconds: times have microseconds. */
const MOMENT_S = 1e-6;

/**
 * The last payload of each topic that some page shows. What was not sent since somebody asked for it, or since a seek, is read from the
 * databases: so a page shows the state of a place also while the replay is paused there.
 */
export class LastValues {
  private readonly _replay: ShownReplay;
  private readonly _onTopics: (topics: Iterable<string>) => void;
  private readonly _faults: FaultLog;
  /** By topic. */
  private readonly _values = new Map<string, Value>();
  private _kept: ReadonlySet<string> = new Set();
  private _seeks = 0;
  /** Events sent at the last seek. */
  private _sentAtSeek = 0;
  private _mustLookUp = false;
  private _isLookingUp = false;

  /** @param onTopics called with the topics that a place has */
  constructor(replay: ShownReplay, onTopics: (topics: Iterable<string>) => void, faults: FaultLog) {
    this._replay = replay;
    this._faults = faults;
    this._onTopics = onTopics;
  }

  /** The values that are known, by topic. */
  get values(): ReadonlyMap<string, Value> {
    return this._values;
  }

  /** Sets the topics whose values are shown. */
  keep(topics: ReadonlySet<string>, watch: TopicWatch): void {
    this._kept = topics;
    watch.keep(topics);
    for (const topic of this._values.keys()) if (!topics.has(topic)) this._values.delete(topic);
    this._take(watch);
    for (const topic of topics) if (!this._values.has(topic)) this._mustLookUp = true;
    this._lookUpIfNeeded();
  }

  /** Has the state of the present place looked up, though no value is shown: it has the topics. */
  lookUp(): void {
    this._mustLookUp = true;
    this._lookUpIfNeeded();
  }

  /** Takes what was sent since the last call. */
  tick(watch: TopicWatch): void {
    const { seeks, sentEvents } = this._replay.tally;
    if (seeks !== this._seeks) {
      this._seeks = seeks;
      this._sentAtSeek = sentEvents;
      this._mustLookUp = true;
    }
    this._take(watch);
    this._lookUpIfNeeded();
  }

  private _take(watch: TopicWatch): void {
    for (const topic of this._kept) {
      const event = watch.takeLast(topic);
      if (event === undefined) continue;
      const dueS = event.batch.dueS[event.index];
      const payload = payloadText(event);
      this._values.set(topic, { topic, payload, dueS: Number.isFinite(dueS) ? dueS : null });
    }
  }

  private _lookUpIfNeeded(): void {
    if (!this._mustLookUp || this._isLookingUp) return;
    this._mustLookUp = false;
    this._isLookingUp = true;
    this._lookUpState()
      // What cannot be read is told where it is played.
      .catch((error) => this._faults.note('reading the last values', error))
      .finally(() => {
        this._isLookingUp = false;
        this._lookUpIfNeeded();
      });
  }

  private async _lookUpState(): Promise<void> {
    const { archive: opening, playback, tally } = this._replay;
    const archive = await opening;
    if (archive.recordings.length === 0) return;
    const { positionS } = playback.standing;
    const { seeks, sentEvents } = tally;
    const isAtSeek = seeks > 0 && sentEvents === this._sentAtSeek;
    const atS = Number.isNaN(positionS) ? archive.firstTimeS : isAtSeek ? positionS : positionS + MOMENT_S;
    const sentBefore = new Map(tally.watchedTopics()?.topics.map(({ topic, sent }) => [topic, sent]));
    const past = await archive.stateAt(atS);
    // A seek meanwhile has led elsewhere: the next look-up is of there.
    const watch = tally.watchedTopics();
    if (tally.seeks !== seeks || watch === undefined) return;
    this._onTopics(past.map(topicOf));
    const topics = new Set(past.map(topicOf));
    for (const event of past) {
      const known = watch.topicOf(topicOf(event));
      // What was sent meanwhile is newer.
      if (known !== undefined && known.sent === (sentBefore.get(known.topic) ?? 0)) watch.primed(event);
    }
    if (isAtSeek || Number.isNaN(positionS))
      for (const topic of this._values.keys()) if (!topics.has(topic)) this._values.delete(topic);
    this._take(watch);
  }
}
