import { NewFile } from '../database/new-file.js';
import { jsonSchemaOf, type PropertyType } from '../formats/mcap/json-schema.js';
import { McapFileWriter } from '../formats/mcap/mcap-file-writer.js';
import { OWN_METADATA } from '../formats/mcap/mcap-index.js';
import { isMessageTime, messageTimeNs } from '../formats/mcap/message-times.js';
import { STATE_ATTACHMENT } from '../formats/mcap/state-attachment.js';
import { PayloadScanner, type ValueKind } from '../payload/payload-scanner.js';
import { TimeMembers } from '../payload/time-members.js';
import { packageVersion } from '../shared/package-version.js';
import type { EventFile } from './event-file.js';
import { McapState } from './mcap-state.js';
import type { Provenance } from './record-messages.js';

const STATE_TYPE = 'application/jsonl';

/** What a viewer takes a value for, from the first event of its topic. A whole number may be followed by others. */
const TYPES: Readonly<Record<ValueKind, PropertyType>> = {
  string: 'string',
  number: 'number',
  nonFinite: 'number',
  boolean: 'boolean',
  null: 'string',
  object: 'object',
  array: 'array',
};

/** An MCAP file into which events are recorded: payloads byte for byte; log times are wire times, publish times are data times. */
export class McapFile implements EventFile {
  readonly path: string;
  readonly stateTopics: number;
  private readonly _place: NewFile;
  private readonly _file: McapFileWriter;
  private readonly _provenance: Provenance;
  private readonly _scanner = new PayloadScanner();
  private readonly _times = new TimeMembers();
  private readonly _state: McapState;
  /** The last event of each topic since the last commit. */
  private readonly _new = new Map<string, Buffer>();
  private readonly _beganNs = messageTimeNs(Date.now() / 1000);
  private readonly _schemaOf = (topic: string) => schemaOf(topic, this._scanner);
  /** The latest wire time so far, for events that have none; NaN: there was none. */
  private _latestS: number;

  /** @param state of before the file @throws TcsReplayError as `NewFile`; `WRITE_FAILED` */
  constructor(path: string, provenance: Provenance, state = new McapState(), latestS = Number.NaN) {
    this.path = path;
    this._provenance = provenance;
    this._state = state;
    this._latestS = latestS;
    this.stateTopics = state.topics;
    this._place = new NewFile(path);
    try {
      this._file = new McapFileWriter(path, {
        library: `${OWN_METADATA} ${packageVersion()}`,
        metadata: { name: OWN_METADATA, metadata: new Map(Object.entries(provenance)) },
        attachment:
          state.topics === 0
            ? undefined
            : {
                ...{ name: STATE_ATTACHMENT, mediaType: STATE_TYPE, data: state.lines() },
                ...{ logTime: this._untimedNs, createTime: this._beganNs },
              },
      });
    } catch (error) {
      this._place.remove();
      throw error;
    }
  }

  /** The time of an event that has none. */
  private get _untimedNs(): bigint {
    return Number.isNaN(this._latestS) ? this._beganNs : messageTimeNs(this._latestS);
  }

  get eventCount(): number {
    return this._file.messageCount;
  }

  get sizeBytes(): number {
    return this._file.sizeBytes;
  }

  get isInPlace(): boolean {
    return this._place.isInPlace;
  }

  begin(): void {
    // What is added becomes part of the file when it is committed.
  }

  add(topic: string, bytes: Buffer, from: number, end: number): number | undefined {
    if (!this._scanner.scan(bytes, from, end)) return undefined;
    this._times.find(this._scanner);
    const [wireS, dataS] = [this._times.wireS(bytes), this._times.dataS(bytes)];
    const isTimed = isMessageTime(wireS);
    if (isTimed && !(wireS <= this._latestS)) this._latestS = wireS;
    const logTime = isTimed ? messageTimeNs(wireS) : this._untimedNs;
    const publishTime = isMessageTime(dataS) ? messageTimeNs(dataS) : logTime;
    const data = bytes.subarray(from, end);
    this._file.add(topic, { logTime, publishTime, data }, this._schemaOf);
    this._new.delete(topic);
    this._new.set(topic, data);
    return wireS;
  }

  commit(): void {
    this._file.commit();
    for (const [topic, payload] of this._new) this._state.take(topic, payload);
    this._new.clear();
  }

  rollback(): void {
    this._new.clear();
    this._file.rollback();
  }

  openNext(path: string): McapFile {
    return new McapFile(path, this._provenance, this._state, this._latestS);
  }

  close(): void {
    this._file.close();
  }

  abandon(): void {
    this._file.abandon();
  }

  discard(): void {
    this._file.abandon();
    this._place.remove();
  }
}

function schemaOf(topic: string, scanner: PayloadScanner): object {
  const properties = Array.from({ length: scanner.memberCount }, (_, i) => ({
    key: scanner.key(i),
    type: TYPES[scanner.kind(i)],
  }));
  return jsonSchemaOf(topic, properties);
}
