import type { Batch } from '../../batch/batch.js';
import { BulkRecordingWriter } from '../../database/bulk/bulk-recording-writer.js';
import { StoredNumbers } from '../../database/stored-numbers.js';
import { PayloadScanner, type ValueKind } from '../../payload/payload-scanner.js';
import type { Output, OutputResult, OutputSetup } from '../output.js';
import { type KeyEntry, TopicKeys } from '../topic-keys.js';

/** Topics, and keys of one, that are kept; beyond it they are forgotten, to bound memory. */
const [MOST_TOPICS, MOST_KEYS] = [10_000, 10_000];

/** A topic, and the keys of its events, in UTF-8. */
interface TopicBytes {
  readonly name: Buffer;
  readonly keys: TopicKeys<Buffer>;
}

/**
 * Writes a database, of events whose texts are marked where their types make numbers or booleans of them: see `ValueForm`. These are texts
 * with a type, as the source has them. A text whose type says nothing about how it is played gets the type `string`.
 */
export class DatabaseOutput implements Output {
  private readonly _writer: BulkRecordingWriter;
  private readonly _numbers = new StoredNumbers();
  private readonly _scanner = new PayloadScanner({ hasMarks: true });
  private readonly _topics = new Map<string, TopicBytes>();
  private _changedValues = 0;
  private _leftOut = 0;

  constructor({ path }: OutputSetup) {
    this._writer = new BulkRecordingWriter(path);
  }

  write(batch: Batch, i: number): void {
    const { payloads } = batch;
    const scanner = this._scanner;
    if (!scanner.scan(payloads, batch.startOf(i), batch.endOf(i))) {
      this._leftOut += 1;
      return;
    }
    const { name, keys } = this._topicOf(batch.topics[batch.topicIdOf(i)]);
    this._writer.addEvent(name, batch.dataS[i]);
    let key: KeyEntry<Buffer> | undefined;
    for (let member = 0; member < scanner.memberCount; member++) {
      key = keys.at(scanner, payloads, member, key);
      this._add(key.value, payloads, member);
    }
  }

  finish(): Omit<OutputResult, 'topics'> {
    const sizeBytes = this._writer.finish();
    const { _changedValues: changedValues, _leftOut: leftOut } = this;
    return { sizeBytes, files: 1, unusableTimes: 0, changedValues, leftOut };
  }

  close(): void {
    this._writer.close();
    this._numbers.close();
  }

  private _add(key: Buffer, payloads: Buffer, member: number): void {
    const { _scanner: scanner, _writer: writer } = this;
    const kind = scanner.kind(member);
    if (kind === 'string') {
      const type = scanner.mark(member) ?? 'string';
      const [start, end] = [scanner.valueAt(member), scanner.valueEnd(member)];
      if (scanner.isPlain(member)) writer.addText(key, type, payloads, start + 1, end - 1);
      else writer.addText(key, type, Buffer.from(scanner.text(member)));
    } else if (kind === 'null') writer.addNull(key, 'string');
    else this._addOther(key, kind, scanner.text(member));
  }

  private _addOther(key: Buffer, kind: ValueKind, json: string): void {
    const number = kind === 'number' ? this._numbers.of(json) : undefined;
    const isTyped = kind === 'number' || kind === 'boolean';
    if (!isTyped) this._changedValues += 1;
    if (number !== undefined) this._writer.addNumber(key, 'number', number);
    else this._writer.addText(key, isTyped ? kind : 'string', Buffer.from(json));
  }

  private _topicOf(topic: string): TopicBytes {
    let known = this._topics.get(topic);
    if (known === undefined || known.keys.size > MOST_KEYS) {
      if (this._topics.size >= MOST_TOPICS) this._topics.clear();
      known = { name: Buffer.from(topic), keys: new TopicKeys((key) => Buffer.from(key)) };
      this._topics.set(topic, known);
    }
    return known;
  }
}
