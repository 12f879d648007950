import type { Batch } from '../batch/batch.js';
import type { Run } from '../timeline/timeline.js';

/** An event that was sent, where it is in its batch. */
export interface EventPlace {
  readonly batch: Batch;
  readonly index: number;
}

/** What is known of a topic. */
export interface WatchedTopic {
  /** Its index among the topics that are watched. */
  readonly id: number;
  readonly topic: string;
  /** Events that were sent or dropped since the watch began. */
  readonly sent: number;
  /** Due time of the last one in Unix seconds; NaN: there was none, or it has no time. */
  readonly lastS: number;
}

interface Entry extends WatchedTopic {
  sent: number;
  lastS: number;
  /** Whether its last event is noted. */
  isKept: boolean;
  /** Whether all of its events are noted. */
  isFollowed: boolean;
  last: EventPlace | undefined;
  followed: EventPlace[];
}

/** A night has some hundred topics; a broken database may have one for each event. Further ones are not watched. */
const MOST_TOPICS = 20_000;
/** Events that are noted of a topic between two looks: of more, those in between are left out evenly. */
const MOST_FOLLOWED = 128;

/**
 * Watches which topics were sent: how often, when last, and of those that are asked for, which events. It looks at events when their
 * run ends, and when it is asked, at about 2 ns an event. It copies nothing: places that were noted keep their batches until they
 * are taken.
 */
export class TopicWatch {
  private readonly _entries: Entry[] = [];
  private readonly _byName = new Map<string, Entry>();
  private readonly _ofBatches = new WeakMap<Batch, readonly (Entry | undefined)[]>();
  private _run: Run | undefined;
  /** Index in the batch of the next event to look at. */
  private _at = 0;

  /** All topics that are known, in the order in which they became known. */
  get topics(): readonly WatchedTopic[] {
    return this._entries;
  }

  /** The topic of a name. It is known from then on; undefined: there are too many. */
  topicOf(topic: string): WatchedTopic | undefined {
    return this._entryOf(topic);
  }

  /** Begins a run. @param passed number of events of the run before that were passed */
  begin(run: Run, passed: number): void {
    this.look(passed);
    this._run = run;
    this._at = run.first;
  }

  /** An event of the past was sent. */
  primed({ batch, first }: Run): void {
    const entry = this._entriesOf(batch)[batch.topicIdOf(first)];
    if (entry === undefined) return;
    entry.lastS = batch.dueS[first];
    if (entry.isKept) entry.last = { batch, index: first };
  }

  /** Looks at the events up to the present one. @param passed number of events of the current run that were passed */
  look(passed: number): void {
    if (this._run === undefined) return;
    const { batch, first, end } = this._run;
    const from = this._at;
    const to = Math.min(first + passed, end);
    if (from >= to) return;
    this._at = to;
    const counts = new Uint32Array(batch.topics.length);
    const lasts = new Uint32Array(batch.topics.length);
    for (let i = from; i < to; i++) {
      const id = batch.topicIdOf(i);
      counts[id] += 1;
      lasts[id] = i;
    }
    const entries = this._entriesOf(batch);
    for (const [id, count] of counts.entries()) {
      const entry = entries[id];
      if (count === 0 || entry === undefined) continue;
      entry.sent += count;
      entry.lastS = batch.dueS[lasts[id]];
      if (entry.isKept) entry.last = { batch, index: lasts[id] };
      if (entry.isFollowed) follow(entry, batch, id, from, to, count);
    }
  }

  /** Notes the last event of these topics, and no others, from now on; that of the current run, if there is one, at once. */
  keep(topics: ReadonlySet<string>): void {
    for (const entry of this._entries) {
      const isKept = topics.has(entry.topic);
      if (isKept && !entry.isKept) entry.last = this._lastInRun(entry.topic);
      else if (!isKept) entry.last = undefined;
      entry.isKept = isKept;
    }
    for (const topic of topics) {
      const entry = this._byName.has(topic) ? undefined : this._entryOf(topic);
      if (entry !== undefined) entry.isKept = true;
    }
  }

  /** Notes all events of these topics, and of no others, from now on. */
  follow(topics: ReadonlySet<string>): void {
    for (const topic of topics) this._entryOf(topic);
    for (const entry of this._entries) {
      entry.isFollowed = topics.has(entry.topic);
      if (!entry.isFollowed) entry.followed = [];
    }
  }

  /** Takes the last event of a topic since it was taken last; undefined: there is none. */
  takeLast(topic: string): EventPlace | undefined {
    const entry = this._byName.get(topic);
    const last = entry?.last;
    if (entry !== undefined) entry.last = undefined;
    return last;
  }

  /** Takes the events of a topic since they were taken last, in the order of play: at most some hundred. */
  takeFollowed(topic: string): readonly EventPlace[] {
    const entry = this._byName.get(topic);
    if (entry === undefined) return [];
    const { followed } = entry;
    entry.followed = [];
    return followed;
  }

  private _lastInRun(topic: string): EventPlace | undefined {
    if (this._run === undefined) return undefined;
    const { batch, first } = this._run;
    const id = batch.topics.indexOf(topic);
    if (id === -1) return undefined;
    for (let i = this._at - 1; i >= first; i--) if (batch.topicIdOf(i) === id) return { batch, index: i };
    return undefined;
  }

  private _entriesOf(batch: Batch): readonly (Entry | undefined)[] {
    let entries = this._ofBatches.get(batch);
    if (entries === undefined) {
      entries = batch.topics.map((topic) => this._entryOf(topic));
      this._ofBatches.set(batch, entries);
    }
    return entries;
  }

  private _entryOf(topic: string): Entry | undefined {
    const known = this._byName.get(topic);
    if (known !== undefined || this._entries.length >= MOST_TOPICS) return known;
    const entry: Entry = {
      id: this._entries.length,
      topic,
      sent: 0,
      lastS: Number.NaN,
      isKept: false,
      isFollowed: false,
      last: undefined,
      followed: [],
    };
    this._entries.push(entry);
    this._byName.set(topic, entry);
    return entry;
  }
}

function follow(entry: Entry, batch: Batch, id: number, from: number, to: number, count: number): void {
  // Every `step`th, and the last one in any case.
  const step = Math.ceil(count / MOST_FOLLOWED);
  let left = count;
  for (let i = from; i < to && left > 0; i++) {
    if (batch.topicIdOf(i) !== id) continue;
    left -= 1;
    if (left % step === 0) entry.followed.push({ batch, index: i });
  }
  // Those in between, so that the newest and the oldest stay.
  if (entry.followed.length > 2 * MOST_FOLLOWED)
    entry.followed = entry.followed.filter((_, i, { length }) => (length - 1 - i) % 2 === 0);
}
