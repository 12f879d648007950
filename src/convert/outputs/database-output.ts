import type { Batch } from '../../batch/batch.js';
import type { AttributeType } from '../../database/recording-writer.js';
import {
  type AttributeShape,
  type StoredValue,
  TypedRecordingWriter,
} from '../../database/typed-recording-writer.js';
import { PayloadScanner } from '../../payload/payload-scanner.js';
import { TcsReplayError } from '../../shared/errors.js';
import type { OtherEvent, Output, OutputResult, OutputSetup } from '../output.js';
import { type KeyEntry, TopicKeys } from '../topic-keys.js';

/** Topics and shapes that are kept; beyond it they are forgotten, to bound memory. */
const [MOST_TOPICS, MOST_SHAPES] = [10_000, 10_000];

const TYPES: readonly AttributeType[] = ['string', 'number', 'boolean'];

/**
 * Writes a database. Each event comes twice: as its values are stored, and as their types say. Where these differ, the value is a text
 * with a type, as the source has it. A text whose type says nothing about how it is played gets the type `string`.
 */
export class DatabaseOutput implements Output {
  private readonly _writer: TypedRecordingWriter;
  private readonly _stored = new PayloadScanner();
  private readonly _typed = new PayloadScanner();
  private _topics = new Map<string, Shapes>();
  private _values: StoredValue[] = [];
  private _changedValues = 0;
  private _leftOut = 0;

  constructor({ path }: OutputSetup) {
    this._writer = new TypedRecordingWriter(path);
  }

  write(batch: Batch, i: number, other: OtherEvent | undefined): undefined {
    const topic = batch.topics[batch.topicIdOf(i)];
    if (other === undefined || other.batch.topics[other.batch.topicIdOf(other.i)] !== topic) throw changed();
    const [stored, typed] = [this._stored, this._typed];
    const from = other.batch;
    const isObject =
      stored.scan(batch.payloads, batch.startOf(i), batch.endOf(i)) &&
      typed.scan(from.payloads, from.startOf(other.i), from.endOf(other.i));
    if (!isObject) {
      this._leftOut += 1;
      return;
    }
    if (stored.memberCount !== typed.memberCount) throw changed();
    const shapes = this._shapesOf(topic);
    let node = shapes.root;
    let key: KeyEntry<number> | undefined;
    this._values.length = stored.memberCount;
    for (let member = 0; member < stored.memberCount; member++) {
      key = shapes.keys.at(stored, batch.payloads, member, key);
      const type = this._value(member);
      node = node.to(key, type);
    }
    this._writer.write(topic, batch.dataS[i], node.shape(), this._values);
  }

  finish(): Omit<OutputResult, 'topics'> {
    const sizeBytes = this._writer.finish();
    const { _changedValues: changedValues, _leftOut: leftOut } = this;
    return { sizeBytes, files: 1, unusableTimes: 0, changedValues, leftOut };
  }

  close(): void {
    this._writer.close();
  }

  /** Sets the value of a member. @returns its type */
  private _value(member: number): AttributeType {
    const stored = this._stored;
    const kind = stored.kind(member);
    if (kind === 'string') {
      this._values[member] = stored.text(member);
      const typed = this._typed.kind(member);
      return typed === 'number' || typed === 'boolean' ? typed : 'string';
    }
    if (kind === 'null') {
      this._values[member] = null;
      return 'string';
    }
    const json = stored.text(member);
    const number = kind === 'number' ? this._writer.storedNumber(json) : undefined;
    this._values[member] = number ?? json;
    if (kind === 'number' || kind === 'boolean') return kind;
    this._changedValues += 1;
    return 'string';
  }

  private _shapesOf(topic: string): Shapes {
    let shapes = this._topics.get(topic);
    if (shapes === undefined) {
      if (this._topics.size >= MOST_TOPICS) this._topics = new Map();
      shapes = new Shapes();
      this._topics.set(topic, shapes);
    }
    if (shapes.root.size > MOST_SHAPES || shapes.keys.size > MOST_SHAPES) {
      shapes = new Shapes();
      this._topics.set(topic, shapes);
    }
    return shapes;
  }
}

/** The shapes of a topic's events. */
class Shapes {
  readonly root = new ShapeNode();
  readonly keys = new TopicKeys<number>((_, index) => index);
}

/** The beginning of shapes: the keys and types of their first attributes. */
class ShapeNode {
  private readonly _root: ShapeNode;
  private readonly _before: ShapeNode | undefined;
  private readonly _key: string;
  private readonly _type: AttributeType;
  private readonly _next = new Map<number, ShapeNode>();
  private _shape: AttributeShape | undefined;
  /** At the root: the number of nodes. */
  size = 0;
  private _lastStep = -1;
  private _last: ShapeNode | undefined;

  constructor(root?: ShapeNode, before?: ShapeNode, key = '', type: AttributeType = 'string') {
    this._root = root ?? this;
    this._before = before;
    this._key = key;
    this._type = type;
    this._root.size += 1;
  }

  /** The beginning that is longer by an attribute. */
  to({ key, value }: KeyEntry<number>, type: AttributeType): ShapeNode {
    const step = TYPES.length * value + TYPES.indexOf(type);
    if (step === this._lastStep) return this._last as ShapeNode;
    let next = this._next.get(step);
    if (next === undefined) {
      next = new ShapeNode(this._root, this, key, type);
      this._next.set(step, next);
    }
    this._lastStep = step;
    this._last = next;
    return next;
  }

  /** The shape that ends here. */
  shape(): AttributeShape {
    if (this._shape === undefined) {
      const keys: string[] = [];
      const types: AttributeType[] = [];
      for (let node: ShapeNode = this; node._before !== undefined; node = node._before) {
        keys.unshift(node._key);
        types.unshift(node._type);
      }
      this._shape = { keys, types };
    }
    return this._shape;
  }
}

function changed(): TcsReplayError {
  return new TcsReplayError(
    'READ_FAILED',
    'Expected the same events when the sources were read again, found others: a source has changed meanwhile; convert a copy of it',
  );
}
