import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.js';
import { RunningProgram, requirePython } from './peer.js';

const PROGRAM = fileURLToPath(new URL('../../../test/support/python/proxy.py', import.meta.url));

/** A proxy of ZeroMQ in a process of its own, which is a subscriber to the publisher before it. */
export class ZmqProxy {
  /** Address for the subscribers behind it. */
  readonly url: string;
  private readonly _program: RunningProgram;

  /** @param url of the publisher */
  static async start(url: string): Promise<ZmqProxy> {
    const behind = `tcp://127.0.0.1:${await freePort()}`;
    const program = new RunningProgram(requirePython(), [PROGRAM, url, behind]);
    await program.waitForOutput(/^ready$/m);
    return new ZmqProxy(behind, program);
  }

  private constructor(url: string, program: RunningProgram) {
    this.url = url;
    this._program = program;
  }

  get pid(): number | undefined {
    return this._program.pid;
  }
}
