import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TimeBins } from '../../database/places/time-bins.js';
import { messageOf } from '../../shared/errors.js';
import type { Archive } from '../../timeline/archive.js';
import type { FaultLog } from '../fault-log.js';
import { Refusal } from '../http/refusal.js';
import type { Dictionary, Point } from '../protocol.js';
import type { ShownReplay } from '../shown-replay.js';
import type { TopicDirectory } from '../topic-directory.js';
import { dictionaryOf } from './dictionary.js';
import { lastPoint } from './last-point.js';
import { SeriesJob } from './series-job.js';
import { seriesParts } from './series-parts.js';
import { seriesPoints } from './series-points.js';
import { type Job, type JobUse, SharedJobs } from './shared-job.js';
import { StripJob } from './strip-job.js';
import { MOST_SHOWN, stripParts } from './strip-parts.js';
import { SurveyPace } from './survey-pace.js';
import { BadQuery, pointQueryOf, textOf, timeBinsOf } from './time-query.js';

/** Answers at a time. */
export const MOST_QUERIES = 8;
/** Results that are kept. */
const [STRIP_BYTES, SERIES_BYTES] = [64 << 20, 16 << 20];

const NOTHING_RECORDED =
  'Nothing is recorded of what is played: live publishers, and mock events, have no past to show';

const NOT_READ =
  'A load test does not read its databases for the page: that would take the processor from what is measured';

/** Too many queries are under way. */
export class TooManyQueries extends Refusal {
  override readonly name = 'TooManyQueries';

  constructor() {
    super(503, `${MOST_QUERIES} histories are being read: ask again when one is done`, {
      'Retry-After': '1',
    });
  }
}

/** Answers what the page asks of the past: how many events there were, and what values an attribute had. */
export class HistoryDesk {
  private readonly _replay: ShownReplay;
  private readonly _directory: TopicDirectory;
  private readonly _faults: FaultLog;
  private readonly _strips = new SharedJobs<StripJob>(STRIP_BYTES);
  private readonly _series = new SharedJobs<SeriesJob>(SERIES_BYTES);
  private readonly _pace: SurveyPace;
  private _queries = 0;

  constructor(replay: ShownReplay, directory: TopicDirectory, faults: FaultLog) {
    this._replay = replay;
    this._pace = new SurveyPace(replay.playback);
    this._directory = directory;
    this._faults = faults;
  }

  /** Answers with `StripPart`s, a line each. @throws BadQuery, also in a load test; TooManyQueries; TcsReplayError */
  async strip(response: ServerResponse, query: URLSearchParams): Promise<void> {
    const bins = timeBinsOf(query);
    const wanted = this._topicsOf(query);
    await this._answer(response, async () => {
      const archive = await this._recorded();
      const use = this._strips.use(this._stripKey(bins, wanted), () => this._stripJob(archive, bins, wanted));
      return { use, parts: stripParts(use, bins, wanted, this._directory) };
    });
  }

  /** Answers with `SeriesPart`s, a line each. @throws as `strip` */
  async series(response: ServerResponse, query: URLSearchParams): Promise<void> {
    const bins = timeBinsOf(query);
    const [topic, attribute] = [textOf(query, 'topic'), textOf(query, 'attribute')];
    await this._answer(response, async () => {
      const use = await this._useSeries(topic, attribute, bins);
      return { use, parts: seriesParts(use, bins) };
    });
  }

  /** The points of an attribute that a query asks for. Work for them ends with the connection. @throws as `strip` */
  async points(response: ServerResponse, query: URLSearchParams): Promise<readonly Point[]> {
    const { strategy, ...asked } = pointQueryOf(query);
    const { topic, attribute, bins } = asked;
    return this._counted(async () => {
      if (strategy === 'latest') return lastPoint(await this._recorded(), asked);
      const use = await this._useSeries(topic, attribute, bins);
      response.once('close', use.leave);
      try {
        await use.ended;
        return seriesPoints(use.job, bins);
      } finally {
        use.leave();
      }
    });
  }

  /** Topics and their attributes. @throws TooManyQueries; TcsReplayError */
  dictionary(): Promise<Dictionary> {
    return this._counted(async () => dictionaryOf(await this._recorded()));
  }

  close(): void {
    this._strips.close();
    this._series.close();
  }

  private async _useSeries(topic: string, attribute: string, bins: TimeBins): Promise<JobUse<SeriesJob>> {
    const archive = await this._recorded();
    const key = JSON.stringify([topic, attribute, bins]);
    return this._series.use(key, () => new SeriesJob(archive, this._pace, topic, attribute, bins));
  }

  /** What is recorded. @throws Refusal: nothing is, or what is recorded is not to be read */
  private async _recorded(): Promise<Archive> {
    if (this._replay.load !== undefined) throw new Refusal(400, NOT_READ);
    const archive = await this._replay.archive;
    if (archive.recordings.length === 0) throw new Refusal(404, NOTHING_RECORDED);
    return archive;
  }

  private _answer(
    response: ServerResponse,
    begin: () => Promise<{
      readonly use: Pick<JobUse<Job>, 'leave'>;
      readonly parts: AsyncGenerator<unknown>;
    }>,
  ): Promise<void> {
    return this._counted(async () => {
      const { use, parts } = await begin();
      response.once('close', use.leave);
      try {
        await write(response, parts, this._faults);
      } finally {
        use.leave();
      }
    });
  }

  /** @throws TooManyQueries, where as many as are allowed are under way */
  private async _counted<T>(answer: () => Promise<T>): Promise<T> {
    if (this._queries >= MOST_QUERIES) throw new TooManyQueries();
    this._queries += 1;
    try {
      return await answer();
    } finally {
      this._queries -= 1;
    }
  }

  /** Ids of topics in a query as their names; undefined: none are named. */
  private _topicsOf(query: URLSearchParams): ReadonlySet<string> | undefined {
    const given = query.get('topics');
    if (given === null) return undefined;
    const ids = given.split(',').filter((id) => id !== '');
    if (ids.length > MOST_SHOWN) throw new BadQuery(`Expected at most ${MOST_SHOWN} topics`);
    return new Set(ids.flatMap((id) => this._directory.nameOf(Number(id)) ?? []));
  }

  /** A strip of all topics answers for some of them, too, if it has all. */
  private _stripKey(bins: TimeBins, wanted: ReadonlySet<string> | undefined): string {
    const ofAll = JSON.stringify(bins);
    if (wanted === undefined) return ofAll;
    const kept = this._strips.kept(ofAll);
    if (kept?.counts.isCut === false) return ofAll;
    return this._directory.mayBeMany ? JSON.stringify([bins, [...wanted].sort()]) : ofAll;
  }

  private _stripJob(archive: Archive, bins: TimeBins, wanted: ReadonlySet<string> | undefined): StripJob {
    const isWhole = bins.fromS <= archive.firstTimeS && bins.toS >= archive.lastTimeS;
    return new StripJob(
      archive,
      this._pace,
      bins,
      this._directory.mayBeMany ? wanted : undefined,
      ({ counts, eventsOfSources }) => {
        if (isWhole) this._directory.setEvents(counts.events, eventsOfSources);
      },
    );
  }
}

/** Writes values as lines of JSON, as fast as they are read. What fails later ends the answer with a line that says so. */
async function write(
  response: ServerResponse,
  parts: AsyncGenerator<unknown>,
  faults: FaultLog,
): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson; charset=utf-8' });
  const lines = Readable.from(linesOf(parts, faults), { highWaterMark: 1 });
  // Who closes the connection wants no more.
  await pipeline(lines, response).catch(() => {});
}

async function* linesOf(parts: AsyncGenerator<unknown>, faults: FaultLog): AsyncGenerator<string> {
  try {
    for await (const part of parts) yield `${JSON.stringify(part)}\n`;
  } catch (error) {
    faults.note('reading a history', error);
    yield `${JSON.stringify({ error: messageOf(error), done: 0, isLast: true })}\n`;
  }
}
