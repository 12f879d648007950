import { Batch } from '../batch/batch.js';

/** How a batch differs from the one that it is made of. */
export interface Derivation {
  /** All its times are later by this, in seconds. */
  readonly laterS: number;
  /** Stands before each topic. Default: nothing. */
  readonly prefix?: string;
}

/** A batch of events whose damage and oddities were reported before. */
class DerivedBatch extends Batch {
  declare readonly topics: readonly string[];
  declare readonly damage: [];
  declare readonly oddities: [];

  constructor(buffer: ArrayBuffer, { laterS, prefix = '' }: Derivation) {
    super(buffer);
    if (prefix !== '') this.topics = this.topics.map((topic) => prefix + topic);
    this.damage = [];
    this.oddities = [];
    for (const timesS of [this.dueS, this.dataS, this.keyS])
      for (let i = 0; i < timesS.length; i++) timesS[i] += laterS;
  }
}

/**
 * A batch of the same events at other times, or of other topics. It takes over the buffer: the original must not be used any
 * more.
 */
export function derivedBatch({ dueS }: Batch, derivation: Derivation): Batch {
  return new DerivedBatch(dueS.buffer as ArrayBuffer, derivation);
}
