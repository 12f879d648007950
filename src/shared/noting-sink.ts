/** A part of a message: text or bytes. */
type Part = string | Uint8Array;

/** Where messages are sent. A promise says whether the message was sent; without one it was. */
interface NextSink {
  send(parts: Part[]): Promise<boolean> | undefined;
}

/** Sends messages on, and notes each that was sent: one that is refused is sent again, and noted then. */
export abstract class NotingSink {
  private readonly _next: NextSink;

  constructor(next: NextSink) {
    this._next = next;
  }

  send(parts: Part[]): Promise<boolean> | undefined {
    const sending = this._next.send(parts);
    if (sending !== undefined) return this._noteOnceSent(parts, sending);
    this.note(parts);
    return undefined;
  }

  /** Called for each message that was sent, before the next one is. */
  protected abstract note(parts: Part[]): void;

  private async _noteOnceSent(parts: Part[], sending: Promise<boolean>): Promise<boolean> {
    const isSent = await sending;
    if (isSent) this.note(parts);
    return isSent;
  }
}
