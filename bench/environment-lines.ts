import * as text from '../src/shared/text.js';
import type { Environment } from './environment.js';

/** Two lines of text: the machine, and the versions of tcs-replay and its libraries. */
export function environmentLines(environment: Environment): string[] {
  const { date, cpu, cores, memoryBytes, system, kernel, loadBefore } = environment;
  return [
    `${date}; ${cpu}, ${text.counted(cores, 'core')}, ${text.bytes(memoryBytes)}; ${system}, kernel ${kernel}; load before ${loadBefore.toFixed(2)}`,
    `ours: tcs-replay ${environment.tcsReplay}, Node ${environment.node}, zeromq.js ${environment.zeromqJs} (libzmq ${environment.libzmq}), ` +
      `better-sqlite3 ${environment.betterSqlite3} (SQLite ${environment.sqlite})`,
  ];
}

/** One line of text: the versions of the peer. */
export function peerLine({ python }: Environment): string {
  return python === null
    ? 'peer: no python3 can import zmq'
    : `peer: Python ${python.python}, pyzmq ${python.pyzmq} (libzmq ${python.libzmq}), SQLite ${python.sqlite}`;
}
