import { RunningProgram } from '../test/support/peer.js';
import type { ReceiverChoice, ReceiverTask } from './receiver-choice.js';
import { type PrintedReception, type Reception, receptionOf } from './reception.js';

/** Longest time in which a receiver may process what has arrived after the publisher's end. */
const LONGEST_REST_MS = 60_000;

/** A running receiver, in a process of its own. */
export class Receiver {
  private readonly _program: RunningProgram;

  private constructor(program: RunningProgram) {
    this._program = program;
  }

  /** Resolves once the receiver has subscribed to everything. It connects as soon as there is a publisher. */
  static async start(choice: ReceiverChoice, task: ReceiverTask): Promise<Receiver> {
    const program = new RunningProgram(choice.command, choice.args(task), { timeoutMs: task.timeoutMs });
    await program.waitForOutput(/^ready$/m);
    return new Receiver(program);
  }

  get pid(): number | undefined {
    return this._program.pid;
  }

  /** Resolves at the first message; rejects if the receiver ends without one. */
  firstEvent(): Promise<void> {
    return this._program.waitForOutput(/^first$/m);
  }

  /** Resolves once all events have arrived, or no more arrive. Call it after the publisher has ended. */
  async reception(): Promise<Reception> {
    // Otherwise a receiver that got nothing would wait as long as a first event may take.
    const impatience = setTimeout(() => this.stop(), LONGEST_REST_MS);
    const { code, stdout, stderr } = await this._program.outcome.finally(() => clearTimeout(impatience));
    if (code !== 0) throw new Error(`The receiver ended with ${code}: ${stderr}`);
    return receptionOf(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as PrintedReception);
  }

  /** Ends the receiver when nothing more can arrive. */
  stop(): void {
    this._program.kill('SIGTERM');
  }
}
