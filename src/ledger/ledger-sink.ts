import { NotingSink } from '../shared/noting-sink.js';
import type { LedgerWriter } from './ledger-writer.js';

/** Sends messages on, and notes them in a ledger. */
export class LedgerSink extends NotingSink {
  private readonly _ledger: LedgerWriter;

  constructor(next: ConstructorParameters<typeof NotingSink>[0], ledger: LedgerWriter) {
    super(next);
    this._ledger = ledger;
  }

  protected override note([topic, payload]: (string | Uint8Array)[]): void {
    this._ledger.add(bytesOf(topic), bytesOf(payload));
  }
}

function bytesOf(part: string | Uint8Array): Uint8Array {
  return typeof part === 'string' ? Buffer.from(part) : part;
}
