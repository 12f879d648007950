import { peerProgram } from '../../bench/peer-program.js';
import { RunningProgram } from './peer.js';

/** It ends when it is stopped, and not for want of messages. */
const LONG_MS = '600000';

/** A subscriber in C, which takes everything. */
export class CSubscriber {
  private readonly _program: RunningProgram;

  /** @returns undefined where there is no compiler, or no libzmq for it */
  static start(url: string): CSubscriber | undefined {
    const program = peerProgram('subscriber');
    if (!('command' in program)) return undefined;
    const args = ['--idle-ms', LONG_MS, '--first-ms', LONG_MS, url];
    return new CSubscriber(new RunningProgram(program.command, args));
  }

  private constructor(program: RunningProgram) {
    this._program = program;
  }

  get pid(): number | undefined {
    return this._program.pid;
  }

  /** Ends it. @returns how many messages it has received */
  async stop(): Promise<number> {
    this._program.kill();
    const { stdout } = await this._program.outcome;
    const { received } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { received: number };
    return received;
  }
}
