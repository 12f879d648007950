import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Damage } from '../../batch/damage.js';
import { makeFolder } from '../cache/make-folder.js';
import { type Connection, isDamage, type Statement } from '../connection.js';
import type { GoOn } from '../go-on.js';
import type { Recording } from '../recording.js';
import type { Schema } from '../schema/schema.js';
import { attachSideIndex, buildAroundDamage } from '../side-index/side-index.js';
import { EventQuery } from './event-query.js';

const POLL_MS = 20;

/**
 * Finds the attributes of events where the database's own index is damaged: by a side index of all readable attribute rows,
 * which is built when it is first needed, once for all threads.
 */
export class Salvage {
  private readonly _connection: Connection;
  private readonly _recording: Recording;
  private readonly _goOn: GoOn;
  private readonly _listed: Statement | undefined;
  private readonly _found: Statement | undefined;
  private _second: { schema: Schema; listed: Statement; times: Statement } | undefined;
  private _isAttached = false;
  private _damage: Damage[] = [];

  constructor(connection: Connection, recording: Recording, goOn: GoOn) {
    this._connection = connection;
    this._recording = recording;
    this._goOn = goOn;
    const { attribute } = recording.schema;
    if (attribute.index === undefined || attribute.rowid === undefined) return;
    const query = new EventQuery(recording.schema);
    this._listed = connection.prepare(query.attributeRows()).pluck();
    this._found = connection.prepare(query.foundRows()).raw();
  }

  /**
   * The schema with which the event at `row` is to be read again; undefined where that does not help: the damage is not in
   * the index, or not all of the event's attributes can be read.
   */
  schemaFor(row: bigint): Schema | undefined {
    if (this._listed === undefined || this._found === undefined) return undefined;
    const listed = ofDamaged(() => this._listed?.get({ row }) as string | undefined);
    let fewest = 0;
    if (listed !== undefined) {
      const found = ofDamaged(() => this._found?.get({ list: listed }) as [number, unknown]);
      fewest = JSON.parse(listed).length;
      // The index is sound: the damage is in the rows that it leads to, or elsewhere.
      if (found === undefined || found[0] === fewest) return undefined;
    }
    this._second ??= this._open();
    const second = ofDamaged(() => this._second?.listed.get({ row }) as string | undefined);
    return second === undefined || JSON.parse(second).length < fewest ? undefined : this._second.schema;
  }

  /** A statement that reads the times of the event at `row` as `EventQuery.times` does; undefined as for `schemaFor`. */
  timesStatement(row: bigint): Statement | undefined {
    return this.schemaFor(row) === undefined ? undefined : this._second?.times;
  }

  /** Damage of attributes that was met when the side index was built; empty from the second call on. */
  takeDamage(): Damage[] {
    const damage = this._damage;
    this._damage = [];
    return damage;
  }

  private _open(): { schema: Schema; listed: Statement; times: Statement } {
    const { schema: own, salvagePath } = this._recording;
    this._buildOnce();
    if (!this._isAttached) attachSideIndex(this._connection, salvagePath, own);
    this._isAttached = true;
    const schema = {
      ...own,
      attribute: { ...own.attribute, index: undefined, sideIndexOf: 'rows' as const },
    };
    const query = new EventQuery(schema);
    return {
      schema,
      listed: this._connection.prepare(query.attributeRows()).pluck(),
      times: this._connection.prepare(query.times('list')).raw(),
    };
  }

  /** One thread builds the index; other threads that need it wait. */
  private _buildOnce(): void {
    const { readPath, schema, salvagePath } = this._recording;
    const lock = `${salvagePath}.lock`;
    makeFolder(dirname(salvagePath));
    for (;;) {
      this._goOn();
      if (isTaken(lock)) {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS);
        continue;
      }
      try {
        const done = `${salvagePath}.done`;
        if (existsSync(done)) return;
        this._damage = buildAroundDamage(readPath, schema, salvagePath, this._goOn);
        closeSync(openSync(done, 'w'));
        return;
      } finally {
        rmSync(lock);
      }
    }
  }
}

/** Takes the lock. @returns whether another thread has it */
function isTaken(lock: string): boolean {
  try {
    closeSync(openSync(lock, 'wx'));
    return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return true;
    throw error;
  }
}

/** The result of a statement; undefined where it meets damage. */
function ofDamaged<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isDamage(error)) return undefined;
    throw error;
  }
}
