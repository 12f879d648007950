import { controlStatus } from '../control/control-status.js';
import type { ReplayOutcome } from '../measure/outcome.js';
import { systemClock } from '../shared/clock.js';
import type { FaultLog } from './fault-log.js';
import type { FoxgloveClient } from './foxglove/foxglove-client.js';
import { LastValues } from './last-values.js';
import type { PageClient } from './page-client.js';
import { keyOf, type Plot, PlotTails } from './plot-tails.js';
import type { ToPage } from './protocol.js';
import { RatesById } from './rates-by-id.js';
import { RunHistory } from './run-history.js';
import type { ShownReplay } from './shown-replay.js';
import { TopicDirectory } from './topic-directory.js';

const TICK_MS = 200;
const SECOND_MS = 1000;

/** Tells all pages how a replay stands, five times a second. While no page is open, it only keeps a point a second. */
export class LiveFeed {
  readonly history: RunHistory;
  readonly directory: TopicDirectory;
  private readonly _replay: ShownReplay;
  private readonly _faults: FaultLog;
  private readonly _clients = new Set<PageClient>();
  private readonly _viewers = new Set<FoxgloveClient>();
  /** Topics of which all events are noted. */
  private _followed: ReadonlySet<string> = new Set();
  private readonly _rates = new RatesById();
  private readonly _tails = new PlotTails();
  private readonly _values: LastValues;
  private readonly _second: NodeJS.Timeout;
  private _ticking: NodeJS.Timeout | undefined;
  private _soon: NodeJS.Immediate | undefined;
  private _plots: ReadonlyMap<string, Plot> = new Map();

  constructor(replay: ShownReplay, faults: FaultLog) {
    this._replay = replay;
    this._faults = faults;
    this.history = new RunHistory(replay);
    this.directory = new TopicDirectory(() => this._watch);
    this._values = new LastValues(replay, (topics) => this.directory.add(topics), faults);
    this._second = setInterval(
      () => this._guard('noting how it runs', () => this._addPoint()),
      SECOND_MS,
    ).unref();
  }

  /** Begins to tell a page. */
  join(client: PageClient): void {
    this._clients.add(client);
    this._begin();
    client.send(this._state());
  }

  leave(client: PageClient): void {
    this._clients.delete(client);
    this._left();
  }

  /** Begins to tell a program with Foxglove's protocol. */
  joinViewer(viewer: FoxgloveClient): void {
    this._viewers.add(viewer);
    this._begin();
    this.tellSoon();
  }

  leaveViewer(viewer: FoxgloveClient): void {
    this._viewers.delete(viewer);
    this._left();
  }

  /** Takes up what pages and programs want now. */
  rewant(): void {
    const wanted = [...this._clients].map((client) => client.wanted);
    this._plots = new Map(wanted.flatMap(({ plots }) => plots.map((plot) => [keyOf(plot), plot] as const)));
    this._followed = new Set([
      ...Array.from(this._plots.values(), ({ topic }) => topic),
      ...[...this._viewers].flatMap((viewer) => [...viewer.wanted]),
    ]);
    const watch = this._watch;
    watch.follow(this._followed);
    this._values.keep(new Set(wanted.flatMap(({ values }) => values)), watch);
    this.tellSoon();
  }

  /** Tells how the replay stands without waiting for the next tick, as after a command. */
  tellSoon(): void {
    if (this._isAlone) return;
    this._soon ??= setImmediate(() => {
      this._soon = undefined;
      this._tick();
    });
  }

  /** Tells the end of the replay, and nothing more. @param outcome undefined: it failed */
  end(outcome: ReplayOutcome | undefined): void {
    this._tick();
    for (const client of this._clients) client.send({ op: 'ended', outcome: outcome ?? null });
    this.close();
  }

  close(): void {
    clearInterval(this._second);
    clearInterval(this._ticking);
    clearImmediate(this._soon);
  }

  private get _isAlone(): boolean {
    return this._clients.size + this._viewers.size === 0;
  }

  private _begin(): void {
    if (this._ticking !== undefined) return;
    this._ticking = setInterval(() => this._tick(), TICK_MS).unref();
    this._values.lookUp();
  }

  private _left(): void {
    this.rewant();
    if (!this._isAlone) return;
    clearInterval(this._ticking);
    this._ticking = undefined;
  }

  private get _watch() {
    const watch = this._replay.tally.watchedTopics();
    if (watch === undefined) throw new Error('The tally does not watch topics');
    return watch;
  }

  private _addPoint(): void {
    const point = this.history.add();
    const text = JSON.stringify({ op: 'run', point } satisfies ToPage);
    for (const client of this._clients) if (!client.isSlow) client.sendText(text);
  }

  private _state(): Extract<ToPage, { op: 'state' }> {
    return {
      op: 'state',
      status: controlStatus(this._replay.playback.status()),
      topicsVersion: this.directory.version,
      atMs: Date.now(),
    };
  }

  private _tick(): void {
    this._guard('telling how the replay stands', () => this._tellAll());
  }

  /** Does something for all pages and programs. What fails is told to them. */
  private _guard(part: string, act: () => void): void {
    const fault = this._faults.guard(part, act);
    if (fault === undefined) return;
    for (const one of [...this._clients, ...this._viewers]) one.fail(fault);
  }

  /** Does something for one of them. What fails for it fails for it alone. */
  private _guardOne(one: PageClient | FoxgloveClient, act: () => void): void {
    const fault = this._faults.guard('sending what is shown', act);
    if (fault !== undefined) one.fail(fault);
  }

  private _tellAll(): void {
    const watch = this._watch;
    this._rates.tick(watch.topics, systemClock.nowNs());
    this._values.tick(watch);
    const events = new Map(Array.from(this._followed, (topic) => [topic, watch.takeFollowed(topic)]));
    const tails = this._tails.of(events, this._plots);
    const state = JSON.stringify(this._state());
    const { load } = this._replay;
    for (const client of this._clients) {
      if (client.isSlow) continue;
      this._guardOne(client, () =>
        client.together(() => {
          client.sendText(state);
          client.sendRows(watch.topics, this._rates);
          client.sendValues(this._values.values);
          client.sendTails(tails);
          if (load !== undefined) client.sendLoad(load);
        }),
      );
    }
    const frame = { topics: watch.topics, events, seeks: this._replay.tally.seeks };
    for (const viewer of this._viewers) this._guardOne(viewer, () => viewer.tick(frame));
  }
}
