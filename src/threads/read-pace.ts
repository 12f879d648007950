/** Words of the memory: whether the results are no longer needed, and whether reading may rest. */
const [GIVEN_UP, MAY_REST] = [0, 1];
const WORDS = 2;
/** Longest rest after a part of a read: long enough that the threads which have waited for the processor have had it. */
const REST_MS = 1;

/**
 * Memory that the main thread shares with the threads that read for it: whether they are to hurry, may rest, or are to end.
 *
 * A thread that decodes keeps its processor for a slice of the scheduler, of about three milliseconds. What has to be on time may
 * wait behind it meanwhile: the main thread, libzmq's, and subscribers on the same machine. No priority helps against that without
 * privilege. So a thread that may rest reads some hundred microseconds at a time, and sleeps in between.
 */
export class ReadPace {
  /** Goes to the threads. */
  readonly words: Int32Array<SharedArrayBuffer>;
  private readonly _restMs: number;

  constructor(words = new Int32Array(new SharedArrayBuffer(WORDS * 4)), restMs = REST_MS) {
    this.words = words;
    this._restMs = restMs;
  }

  /** The results are no longer needed. Rests end at once. */
  giveUp(): void {
    Atomics.store(this.words, GIVEN_UP, 1);
    this.mayRest = false;
  }

  get isGivenUp(): boolean {
    return Atomics.load(this.words, GIVEN_UP) !== 0;
  }

  /** Whether enough has been read that the threads may rest. Where they no longer may, rests end at once. Default false. */
  get mayRest(): boolean {
    return Atomics.load(this.words, MAY_REST) !== 0;
  }

  set mayRest(mayRest: boolean) {
    Atomics.store(this.words, MAY_REST, mayRest ? 1 : 0);
    if (!mayRest) Atomics.notify(this.words, MAY_REST);
  }

  /** Called by a thread between two parts of a read: rests if it may. */
  rest(): void {
    Atomics.wait(this.words, MAY_REST, 1, this._restMs);
  }
}
