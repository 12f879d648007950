/** Thrown where a request is refused. The message is for the one who asked. */
export class Refusal extends Error {
  override readonly name: string = 'Refusal';
  /** The status of the answer: 400 to 599. */
  readonly status: number;
  /** Headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}
