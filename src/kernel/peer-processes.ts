import { readFile } from 'node:fs/promises';
import { plain } from '../shared/plain-text.js';
import { addressOf, portFilter, runSs, type SsOptions } from './run-ss.js';
import { connectionKey } from './tcp-connections.js';

/** Longest command that is shown, in characters. */
const LONGEST_COMMAND = 60;

/** The program at the other side of a connection. */
export interface PeerProcess {
  readonly pid: number;
  /** Its command, shortened, as plain text: `python3 gui.py`. Empty where it is not known. */
  readonly command: string;
}

/**
 * The programs that are connected to local TCP ports, by `connectionKey` of the connection as this side sees it. It has
 * those on this machine, in this network namespace, that run as the same user; all of them for root. Empty where nothing
 * is known, as without `ss` of iproute2.
 */
export async function readPeerProcesses(
  ports: readonly number[],
  options?: SsOptions,
): Promise<ReadonlyMap<string, PeerProcess>> {
  const processes = new Map<string, PeerProcess>();
  if (process.platform !== 'linux' || ports.length === 0) return processes;
  const output = await runSs(['-tnpHO', 'state', 'established', portFilter(['dport'], ports)], options);
  if (typeof output === 'string') return processes;
  const commands = new Map<number, string>();
  for (const line of output) {
    const [, , theirs, ours] = line.trim().split(/\s+/, 4);
    const pid = pidOf(line);
    if (ours === undefined || pid === undefined) continue;
    const command = commands.get(pid) ?? (await commandOf(pid));
    commands.set(pid, command);
    processes.set(connectionKey({ local: addressOf(ours), peer: addressOf(theirs) }), { pid, command });
  }
  return processes;
}

/** Of `users:(("python3",pid=123,fd=12),…)`: the lowest, since children that have inherited a socket come later. */
function pidOf(line: string): number | undefined {
  const pids = [...line.matchAll(/,pid=(\d+),fd=\d+\)/g)].map(([, pid]) => Number(pid));
  return pids.length === 0 ? undefined : Math.min(...pids);
}

/**
 * The name of a program, its options, and what comes first after them, such as the path of a script. What follows, which
 * can be private, is left out.
 */
async function commandOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const [program, ...args] = text.split('\0').filter((arg) => arg !== '');
  if (program === undefined) return '';
  const firstOther = args.findIndex((arg) => !arg.startsWith('-'));
  const shown = args.slice(0, firstOther < 0 ? args.length : firstOther + 1);
  const command = plain([program, ...shown].map(baseName).join(' '));
  return command.length <= LONGEST_COMMAND ? command : `${command.slice(0, LONGEST_COMMAND - 1)}…`;
}

/** The last part of an absolute path; any other text as it is. */
function baseName(arg: string): string {
  return arg.startsWith('/') ? arg.slice(arg.lastIndexOf('/') + 1) : arg;
}
