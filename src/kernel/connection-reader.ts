import { type PeerProcess, peerProcesses } from './peer-processes.js';
import { type SsOptions, SsProcess } from './ss-process.js';
import { connectionsFromProc, connectionsFromSs, type TcpConnection } from './tcp-connections.js';

/**
 * Reads the connections of local TCP ports from Linux, again and again. It needs no rights. Close it at the end: it runs a
 * shell.
 */
export class ConnectionReader {
  private readonly _ports: readonly number[];
  private readonly _ss: SsProcess;

  constructor(ports: readonly number[], options?: SsOptions) {
    this._ports = ports;
    this._ss = new SsProcess(ports, options);
  }

  /**
   * The established connections, with what Linux counts for each. Without `ss` of iproute2 it has the lengths of queues only.
   *
   * @returns undefined where nothing is known: on other systems, and when `ss` did not end in time
   */
  async connections(): Promise<TcpConnection[] | undefined> {
    if (!this._canRead) return process.platform === 'linux' ? [] : undefined;
    const output = await this._ss.readCounters();
    if (output === 'late') return undefined;
    return output === 'missing' ? connectionsFromProc(this._ports) : connectionsFromSs(output, this._ports);
  }

  /**
   * The programs at the other side, by `connectionKey` of the connection as this side sees it. It has those on this machine,
   * in this network namespace, that run as the same user; all of them for root. Empty where nothing is known, as without
   * `ss` of iproute2.
   */
  async processes(): Promise<ReadonlyMap<string, PeerProcess>> {
    const output = this._canRead ? await this._ss.readProcesses() : [];
    return typeof output === 'string' ? new Map() : peerProcesses(output);
  }

  close(): void {
    this._ss.close();
  }

  private get _canRead(): boolean {
    return process.platform === 'linux' && this._ports.length > 0;
  }
}
