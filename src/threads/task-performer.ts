import { AscentWalk, OTHER_ORDER } from '../database/ascent/ascent-walk.js';
import { keepAscent } from '../database/ascent-note.js';
import { findKept, keepMade } from '../database/cache/kept-or-made.js';
import { EventCheck } from '../database/check/event-check.js';
import { checkIntegrity, checkTables } from '../database/check/table-check.js';
import { isLocked, readError } from '../database/connection.js';
import { BatchReader } from '../database/events/batch-reader.js';
import type { EventRowReader, ReadBreaks, TimedRows } from '../database/events/event-rows.js';
import { EventTable } from '../database/events/event-table.js';
import { glanceAt } from '../database/events/glance-at.js';
import { PageTimes } from '../database/events/page-times.js';
import { Salvage } from '../database/events/salvage.js';
import { countAttributes, readablePath, readFileFacts } from '../database/file-facts.js';
import { followedRecording, grownRecording } from '../database/followed-recording.js';
import type { GoOn } from '../database/go-on.js';
import { ModeReader } from '../database/mode-reader.js';
import { mergeOrder, sortPart } from '../database/order/order.js';
import { PageTransaction } from '../database/pages/page-transaction.js';
import { attributeHistory } from '../database/places/attribute-history.js';
import { countsBetween, TableSilences } from '../database/places/table-activity.js';
import { TablePlaces } from '../database/places/table-place.js';
import { rowsOfRanges, shapeOf } from '../database/places/time-rows.js';
import { topicCounts } from '../database/places/topic-counts.js';
import { type Gauge, type ReportShare, reporter } from '../database/preparation.js';
import { findRecording, prepareRecording } from '../database/prepare-recording.js';
import { connectTo, type ReadRules, type Recording } from '../database/recording.js';
import { recordingChange } from '../database/recording-change.js';
import { BlockReader } from '../formats/block-reader.js';
import { BlockTable } from '../formats/block-table.js';
import { foundFacts } from '../formats/facts-of-file.js';
import { fileChange } from '../formats/file-change.js';
import { glanceAtFile } from '../formats/file-glance.js';
import { type AnyRecording, isDatabase } from '../formats/file-recording.js';
import { findFile } from '../formats/find-file.js';
import { areCodecsLoaded, loadCodecs } from '../formats/mcap/codecs.js';
import { prepareFile } from '../formats/prepare-file.js';
import { RecordingBlocks } from '../formats/recording-blocks.js';
import { messageOf, TcsReplayError } from '../shared/errors.js';
import { ReadPace } from './read-pace.js';
import type { Ending, Kind, TaskCall, Tasks } from './tasks.js';

/** A night is usually a few databases, whose batches are read in turn. */
const MOST_READERS = 4;

/**
 * Does tasks, one at a time, on the thread that calls it. It keeps the databases used last open for the next tasks: call
 * `close` when there are no more.
 */
export class TaskPerformer {
  /** By recording and rules; the reader used last comes last. */
  private readonly _readers = new Map<string, EventRowReader>();
  private _eventCheck: EventCheck | undefined;
  private _walk: AscentWalk | undefined;
  /** Of the database that is followed. */
  private _mode: ModeReader | undefined;
  private readonly _isStopped: () => boolean;
  /** Called between the steps of a task. */
  private readonly _goOn: GoOn = () => {
    if (this._isStopped()) throw new TcsReplayError('WORKER_FAILED', 'The task was stopped');
  };

  private readonly _tasks: { readonly [K in Kind]: (task: Tasks[K]['task']) => Tasks[K]['result'] } = {
    find: ({ path, override, schemaOption }) => findFile(path) ?? findRecording(path, override, schemaOption),
    prepare: ({ found, unpacked, override, schemaOption, folders, needsSideIndex, gauge }) => {
      if ('format' in found) return prepareFile(found, unpacked, folders, this._reporter(gauge));
      const notices: string[] = [];
      const tell = (notice: string) => notices.push(notice);
      const options = { tell, schemaOption, needsSideIndex };
      return {
        recording: prepareRecording(found, folders, this._reporter(gauge), override, options),
        notices,
      };
    },
    follow: ({ path, override, schemaOption, folders, gauge }) => {
      const notices: string[] = [];
      const options = { tell: (notice: string) => notices.push(notice), schemaOption };
      return {
        recording: followedRecording(path, folders, this._reporter(gauge), override, options),
        notices,
      };
    },
    grow: ({ recording, override, schemaOption, folders }) =>
      reading(recording, () =>
        grownRecording(
          recording,
          (path) => this._modeOf(path),
          folders,
          () => this._goOn(),
          override,
          { schemaOption },
        ),
      ),
    walk: ({ recording, first, last, pace }) =>
      reading(recording, () => {
        const readPace = new ReadPace(pace);
        const breaks = {
          goOn: this._goOn,
          get mayRest() {
            return readPace.mayRest;
          },
          rest: () => readPace.rest(),
        };
        return this._walkOf(recording)?.step(first, last, breaks) ?? OTHER_ORDER;
      }),
    keepAscent: ({ recording, folders, rows }) => {
      keepAscent(recording, folders, rows);
      return undefined;
    },
    findKept: ({ folders, key, gauge }) => {
      const report = this._reporter(gauge);
      return findKept(folders, key, (share) => report('verification', share));
    },
    keepMade: ({ folders, key, folder, gauge }) => {
      const report = this._reporter(gauge);
      return keepMade(folders, key, folder, (share) => report('verification', share));
    },
    changeOf: (recording) =>
      isDatabase(recording) ? recordingChange(recording, this._goOn) : fileChange(recording),
    inspect: ({ path, override, schemaOption, recording, folders }) => {
      const file = findFile(path);
      if (file !== undefined) return foundFacts(file);
      return readFileFacts(path, recording?.readPath ?? readablePath(path, folders, this._goOn), {
        known: recording?.schema,
        override,
        schemaOption,
      });
    },
    glance: (recording) =>
      reading(recording, () => (isDatabase(recording) ? glanceAt(recording) : glanceAtFile(recording))),
    countAttributes: ({ path, readPath, schema }) => countAttributes(path, readPath, schema, this._goOn),
    checkIntegrity: ({ path, readPath, folders, isQuick }) =>
      checkIntegrity(readPath ?? readablePath(path, folders, this._goOn), isQuick),
    checkTables: (recording) => reading(recording, () => checkTables(recording, this._goOn)),
    checkEvents: ({ recording, first, last, count, lastS }) =>
      reading(recording, () => this._eventCheckOf(recording)).check(first, last, count, lastS),
    split: ({ recording, rules, first, last, eventsABatch, batches }) =>
      reading(recording, () => {
        const { table } = this._readerOf(recording, rules);
        const ends: bigint[] = [];
        const endOf = (from: bigint) =>
          table.batchEnd?.(from, last, eventsABatch) ?? table.bound(from, last, eventsABatch);
        let end = endOf(first);
        while (end !== undefined) {
          ends.push(end);
          end = ends.length < batches && end < last ? endOf(end + 1n) : undefined;
        }
        return ends;
      }),
    sort: ({ recording, reader, sortBy, rows, from, prefix, gauge }) =>
      reading(recording, () => {
        const report = this._reporter(gauge);
        const sorted = (table: TimedRows) =>
          sortPart(table, sortBy, rows, from, prefix, (share) => report('order', share));
        if (!isDatabase(recording)) {
          const blocks = new RecordingBlocks(recording);
          try {
            return sorted(new BlockTable(blocks));
          } finally {
            blocks.close();
          }
        }
        const connection = connectTo(recording);
        let transaction: PageTransaction | undefined;
        try {
          transaction = reader === 'pages' ? new PageTransaction(connection, recording.readPath) : undefined;
          const pageTimes = transaction && PageTimes.of(connection, transaction, recording);
          const salvage = new Salvage(connection, recording, this._goOn);
          return sorted(new EventTable(connection, recording.schema, salvage, pageTimes));
        } finally {
          connection.close();
          transaction?.close();
        }
      }),
    merge: ({ files, path, gauge }) => {
      const report = this._reporter(gauge);
      mergeOrder(files, path, (share) => report('order', share));
      return undefined;
    },
    ids: ({ recording, rules, first, last }) =>
      reading(recording, () => this._readerOf(recording, rules).table.ids(first, last)),
    shape: ({ recording, rules, extent }) =>
      reading(recording, () => shapeOf(this._readerOf(recording, rules).table, extent)),
    rows: ({ recording, rules, extent, shape, ranges }) =>
      reading(recording, () => rowsOfRanges(this._readerOf(recording, rules).table, extent, shape, ranges)),
    place: ({ recording, rules, extent, shape, place, search }) =>
      reading(recording, () => {
        const { table, states } = this._readerOf(recording, rules);
        return new TablePlaces(table, states, extent, rules).find(place, shape, search);
      }),
    counts: ({ recording, rules, extent, shape, cutsS }) =>
      reading(recording, () => countsBetween(this._readerOf(recording, rules).table, extent, shape, cutsS)),
    topicCounts: ({ recording, rules, rows, ...options }) =>
      reading(recording, () => {
        const { table, states } = this._readerOf(recording, rules);
        return topicCounts(table, states, rows, options, this._goOn);
      }),
    history: ({ recording, rules, rows, ...options }) =>
      reading(recording, () => attributeHistory(this._readerOf(recording, rules), rows, options, this._goOn)),
    silence: ({ recording, rules, extent, shape, rows, fromS, minS, search }) =>
      reading(recording, () => {
        const { table, states } = this._readerOf(recording, rules);
        const places = new TablePlaces(table, states, extent, rules);
        const { ranges } = rules;
        const silences = new TableSilences(table, places, {
          shape,
          rows,
          ranges,
          firstS: recording.firstTimeS,
        });
        return silences.find(fromS, minS, search);
      }),
    states: ({ recording, rules, rows }) =>
      reading(recording, () => this._readerOf(recording, rules).states.lastOf(rows)),
    placesOf: ({ recording, rules, list, first }) =>
      reading(recording, () => this._readerOf(recording, rules).states.placesOf(list, first)),
    read: ({ recording, rules, rows, pace }) =>
      this._readerOf(recording, rules).read(rows, this._breaksOf(new ReadPace(pace))),
    doubtful: ({ recording, rules, rows }) => {
      const reader = new BatchReader(recording, rules, this._goOn);
      try {
        return reader.doubtful(rows);
      } finally {
        reader.close();
      }
    },
  };

  /** @param isStopped whether tasks are to end, since nobody waits for their results */
  constructor(isStopped: () => boolean) {
    this._isStopped = isStopped;
  }

  /** Loads what a task needs before it can be done. @returns undefined where nothing is to be waited for */
  ready({ task }: TaskCall<Kind>): Promise<void> | undefined {
    const file = ('recording' in task ? task.recording : 'found' in task ? task.found : undefined) ?? task;
    return 'format' in file && file.format === 'mcap' && !areCodecsLoaded() ? loadCodecs() : undefined;
  }

  /** Does a task. Never throws: an error is returned. */
  run<K extends Kind>({ kind, task }: TaskCall<K>): Ending<K> {
    try {
      this._goOn();
      return { result: this._tasks[kind](task) };
    } catch (error) {
      if (isLocked(error)) return { isLocked: true };
      const code = error instanceof TcsReplayError ? error.code : 'WORKER_FAILED';
      return { error: { code, message: messageOf(error) } };
    }
  }

  /** Closes the databases that are kept open. A later task opens them again. */
  close(): void {
    for (const reader of this._readers.values()) reader.close();
    this._readers.clear();
    this._eventCheck?.close();
    this._eventCheck = undefined;
    this._walk?.close();
    this._walk = undefined;
    this._mode?.close();
    this._mode = undefined;
  }

  private _modeOf(path: string): ModeReader {
    if (this._mode?.path !== path) {
      this._mode?.close();
      this._mode = undefined;
      this._mode = new ModeReader(path);
    }
    return this._mode;
  }

  private _breaksOf(pace: ReadPace): ReadBreaks {
    return {
      mustEnd: () => this._isStopped() || pace.isGivenUp,
      get mayRest() {
        return pace.mayRest;
      },
      rest: () => pace.rest(),
    };
  }

  private _reporter(gauge: Gauge): ReportShare {
    const report = reporter(gauge);
    return (what, share) => {
      this._goOn();
      report(what, share);
    };
  }

  private _readerOf(recording: AnyRecording, rules: ReadRules): EventRowReader {
    const way = isDatabase(recording)
      ? [recording.schema.event.table, recording.sideIndexPath, recording.ascending]
      : [recording.indexPath];
    const key = JSON.stringify([recording.readPath, ...way, rules]);
    const reader =
      this._readers.get(key) ??
      (isDatabase(recording)
        ? new BatchReader(recording, rules, this._goOn)
        : new BlockReader(recording, rules));
    this._readers.delete(key);
    this._readers.set(key, reader);
    if (this._readers.size > MOST_READERS) {
      const [[oldest, unused]] = this._readers;
      unused.close();
      this._readers.delete(oldest);
    }
    return reader;
  }

  private _walkOf({ readPath, schema }: Recording): AscentWalk | undefined {
    if (this._walk?.readPath !== readPath) {
      this._walk?.close();
      this._walk = undefined;
      this._walk = AscentWalk.open(readPath, schema);
    }
    return this._walk;
  }

  private _eventCheckOf(recording: Recording): EventCheck {
    if (this._eventCheck?.readPath !== recording.readPath) {
      this._eventCheck?.close();
      this._eventCheck = undefined;
      this._eventCheck = new EventCheck(recording);
    }
    return this._eventCheck;
  }
}

/** Reads a recording. @throws TcsReplayError `READ_FAILED`, with its path, if SQLite fails */
function reading<T>({ path }: AnyRecording, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw readError(path, error);
  }
}
