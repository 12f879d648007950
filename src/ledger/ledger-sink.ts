import type { LedgerWriter } from './ledger-writer.js';

/** Where messages of a topic and a payload are sent. */
interface Sink {
  send(parts: (string | Uint8Array)[]): void;
}

/** Sends messages on, and notes them in a ledger. */
export class LedgerSink implements Sink {
  private readonly _sink: Sink;
  private readonly _ledger: LedgerWriter;

  constructor(sink: Sink, ledger: LedgerWriter) {
    this._sink = sink;
    this._ledger = ledger;
  }

  send(parts: (string | Uint8Array)[]): void {
    const [topic, payload] = parts;
    this._ledger.add(bytesOf(topic), bytesOf(payload));
    this._sink.send(parts);
  }
}

function bytesOf(part: string | Uint8Array): Uint8Array {
  return typeof part === 'string' ? Buffer.from(part) : part;
}
