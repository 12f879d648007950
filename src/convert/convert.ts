import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { addOddities, noWarnings } from '../batch/warnings.js';
import { DamageReport } from '../measure/damage-report.js';
import type { ReplayOptions } from '../options/replay-options.js';
import { type ResolvedOptions, resolveOptions } from '../options/resolve-options.js';
import { closeOnAbort } from '../prepare/close-on-abort.js';
import { DecoderPool } from '../prepare/decoder-pool.js';
import { OBSERVATORY_ZONE } from '../selection/time-zone.js';
import { withSafeCallbacks } from '../shared/callbacks.js';
import { PROGRESS_INTERVAL_MS } from '../shared/clock.js';
import { TcsReplayError } from '../shared/errors.js';
import { badOption, type NameOf } from '../shared/expect.js';
import { packageVersion } from '../shared/package-version.js';
import { firstLook } from '../sources/first-look.js';
import { Archive } from '../timeline/archive.js';
import type { ConvertOptions, ConvertProgress } from './convert-options.js';
import type { ConvertOutcome } from './convert-outcome.js';
import { Destination, type DestinationOptions } from './destination.js';
import { eventStream, type StreamRun } from './event-stream.js';
import type { Provenance } from './output.js';
import { isFolder, keepsTypes, outputForm, outputPartition } from './output-form.js';
import { OutputThreads } from './output-threads.js';

export type { ConvertOptions, ConvertProgress } from './convert-options.js';
export type { ConvertOutcome } from './convert-outcome.js';

/** Options that select and order events, which an output's metadata tells as they were given. */
const SELECTION = [
  ...([
    'topics',
    'exclude',
    'topicsRegex',
    'start',
    'end',
    'duration',
    'night',
    'fromHour',
    'toHour',
  ] as const),
  ...(['timezone', 'sortBy', 'prime', 'limit'] as const),
];

/** Threads that write tables. Beyond that many, reading is what takes longest. */
const MOST_THREADS = 4;

/** Who writes an output. */
export interface Sharing extends Pick<DestinationOptions, 'isShared'> {
  /** Number of threads that share the topics of tables. Default: one for each processor, 4 at most. */
  readonly threads?: number;
}

/**
 * Writes the events of recordings, merged by time, with their recorded times, in another form: as a database, JSON lines, MCAP, or
 * a table for each topic. The output appears under its path only when it is whole.
 *
 * @throws TcsReplayError as `replay`; `BAD_OPTION`, `NO_SUCH_FILE` (the folder), `WRITE_FAILED`; or the reason of `signal`. After an
 * error nothing new is left, and an output that was there is unchanged.
 */
export function convert(options: ConvertOptions): Promise<ConvertOutcome>;
/** @internal `nameOf`: what the user calls an option, for errors */
export function convert(
  options: ConvertOptions,
  nameOf: NameOf<keyof ConvertOptions>,
  sharing?: Sharing,
): Promise<ConvertOutcome>;
export async function convert(
  given: ConvertOptions,
  nameOf: NameOf<keyof ConvertOptions> = (option) => option,
  { isShared = false, threads = Math.min(MOST_THREADS, availableParallelism()) }: Sharing = {},
): Promise<ConvertOutcome> {
  const startedMs = performance.now();
  const {
    output,
    to,
    typed = true,
    overwrite = false,
    partition: divided = 'none',
    onProgress,
    ...reading
  } = withSafeCallbacks(given);
  const { signal, onNotice } = reading;
  const form = outputForm(output, to, nameOf('to'));
  const partition = outputPartition(divided, form, nameOf('partition'));
  const isMarked = keepsTypes(form);
  const isTyped = typed && !isMarked;
  const resolved = resolveReading(reading, isTyped || isMarked, nameOf);
  if (resolved.databases.length === 0)
    throw badOption(nameOf('databases'), 'the path of a recording, a folder or a pattern', '');
  const destination = new Destination(output, {
    ...{ form, overwrite, overwriteOption: nameOf('overwrite') },
    isShared,
  });
  const pool = new DecoderPool(resolved.workers, { ...resolved, schemaOption: nameOf('schema'), onNotice });
  const removeListener = closeOnAbort(pool, signal);
  const timeZone = reading.timezone ?? OBSERVATORY_ZONE;
  const writing = new OutputThreads(
    { form, path: destination.partPath, partition, timeZone },
    isFolder(form) ? threads : 1,
  );
  try {
    signal?.throwIfAborted();
    // No prepared file has marks.
    const marked = isMarked ? ({ values: 'marked', prepared: false } as const) : undefined;
    const archive = await Archive.open(pool, { ...resolved, ...marked }, reading);
    refuseSource(archive, destination);
    for (const notice of await firstLook(archive.recordings, resolved, nameOf as NameOf<keyof ReplayOptions>))
      onNotice?.(notice);
    let reader = new Reader(archive, resolved, { signal, onProgress });
    await reader.read('write', writing);
    if (!(await writing.settle())) {
      reader = new Reader(archive, resolved, { signal, onProgress });
      await reader.read('rewrite', writing);
    }
    await archive.watch.look();
    const found = reader.found();
    const result = await writing.finish(provenanceOf(archive, reading, isTyped, found));
    signal?.throwIfAborted();
    await writing.close();
    destination.publish();
    const tookS = (performance.now() - startedMs) / 1000;
    return { path: output, form, ...found, ...result, unreadable: archive.unreadable, tookS };
  } catch (error) {
    // What fails after an abort fails because of it.
    signal?.throwIfAborted();
    throw error;
  } finally {
    await writing.close();
    destination.discard();
    removeListener();
    await pool.close();
  }
}

/** Resolves the options that say what is read, and how. @param isConverted whether texts of a type become numbers and booleans */
export function resolveReading(
  reading: Omit<ConvertOptions, 'output' | 'to' | 'typed' | 'overwrite' | 'partition' | 'onProgress'>,
  isConverted: boolean,
  nameOf: NameOf<keyof ConvertOptions>,
): ResolvedOptions {
  const options: ReplayOptions = {
    ...reading,
    // Batches are as large as those of a replay flat out.
    speedup: Number.POSITIVE_INFINITY,
    times: 'original',
    convertNumber: isConverted,
    convertBool: isConverted,
  };
  return resolveOptions(options, nameOf as NameOf<keyof ReplayOptions>);
}

/** A source is never written to. @throws TcsReplayError `BAD_OPTION` */
function refuseSource({ recordings }: Archive, { path }: Destination): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there === undefined) return;
  const source = recordings.find(({ name }) => {
    const stats = statSync(name, { throwIfNoEntry: false });
    return stats?.ino === there.ino && stats.dev === there.dev;
  });
  if (source === undefined) return;
  throw new TcsReplayError(
    'BAD_OPTION',
    `Expected another output than the sources, got ${path}, which is one: a source is never written to; choose another name`,
  );
}

type Found = Pick<ConvertOutcome, 'events' | 'primed' | 'filtered' | 'warnings' | 'damage' | 'changes'>;

/** Reads all events of an archive, and counts what it finds. */
class Reader {
  private readonly _archive: Archive;
  private readonly _options: ResolvedOptions;
  private readonly _hooks: Pick<ConvertOptions, 'signal' | 'onProgress'>;
  private readonly _damage = new DamageReport();
  private readonly _warnings = noWarnings();
  private _events = 0;
  private _primed = 0;
  private _filtered = 0;
  private _toldMs = 0;

  constructor(
    archive: Archive,
    options: ResolvedOptions,
    hooks: Pick<ConvertOptions, 'signal' | 'onProgress'>,
  ) {
    this._archive = archive;
    this._options = options;
    this._hooks = hooks;
  }

  async read(stage: ConvertProgress['stage'], threads: OutputThreads): Promise<void> {
    const { signal, onProgress } = this._hooks;
    const archive = this._archive;
    let events = 0;
    let share = 0;
    onProgress?.({ stage, events, share });
    for (const { name, damage } of archive.sources) this._damage.add(name, damage);
    const { prime, limit } = this._options;
    for await (const run of eventStream(archive, { prime, limit })) {
      signal?.throwIfAborted();
      events += run.end - run.first;
      share = run.shareAtEnd;
      this._count(run);
      await threads.add(run);
      if (onProgress === undefined || performance.now() - this._toldMs < PROGRESS_INTERVAL_MS) continue;
      this._toldMs = performance.now();
      onProgress({ stage, events, share });
    }
    onProgress?.({ stage, events, share: 1 });
  }

  found(): Found {
    const { changes } = this._archive;
    return {
      events: this._events,
      primed: this._primed,
      filtered: this._filtered,
      warnings: this._warnings,
      damage: this._damage.summary(changes),
      changes,
    };
  }

  private _count({ batch, first, end, source }: StreamRun): void {
    this._events += end - first;
    addOddities(this._warnings, batch.oddities, first, end);
    if (source === undefined) {
      this._primed += 1;
      return;
    }
    if (first === 0) this._damage.add(source.name, batch.damage);
    for (let i = first; i < end; i++) this._filtered += batch.skippedBefore(i);
    if (end === batch.count) this._filtered += batch.skippedAtEnd;
  }
}

function provenanceOf(archive: Archive, options: object, typed: boolean, found: Found): Provenance {
  const { damage, changes, primed } = found;
  const given = options as Readonly<Record<string, unknown>>;
  return {
    version: packageVersion(),
    sources: archive.sources.map(({ name, sizeBytes }) => ({ path: name, sizeBytes })),
    selection: Object.fromEntries(
      SELECTION.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
    ),
    typed,
    primed,
    damage: { stretches: damage.stretches, lostEvents: damage.lostEvents },
    changed: changes.filter(({ kind }) => kind === 'changed').length,
  };
}
