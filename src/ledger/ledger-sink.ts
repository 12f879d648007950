import type { LedgerWriter } from './ledger-writer.js';

/** Where messages of a topic and a payload are sent. A promise says whether the message was sent. */
interface Sink {
  send(parts: (string | Uint8Array)[]): Promise<boolean> | undefined;
}

/** Sends messages on, and notes them in a ledger. */
export class LedgerSink implements Sink {
  private readonly _sink: Sink;
  private readonly _ledger: LedgerWriter;

  constructor(sink: Sink, ledger: LedgerWriter) {
    this._sink = sink;
    this._ledger = ledger;
  }

  send(parts: (string | Uint8Array)[]): Promise<boolean> | undefined {
    const sending = this._sink.send(parts);
    if (sending !== undefined) return this._noteOnceSent(parts, sending);
    this._note(parts);
    return undefined;
  }

  private async _noteOnceSent(parts: (string | Uint8Array)[], sending: Promise<boolean>): Promise<boolean> {
    const isSent = await sending;
    if (isSent) this._note(parts);
    return isSent;
  }

  private _note([topic, payload]: (string | Uint8Array)[]): void {
    this._ledger.add(bytesOf(topic), bytesOf(payload));
  }
}

function bytesOf(part: string | Uint8Array): Uint8Array {
  return typeof part === 'string' ? Buffer.from(part) : part;
}
