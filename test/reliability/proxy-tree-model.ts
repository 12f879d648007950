/** A model of a tree of proxies: how many events a second it carries, and how late they come. */
import { Random } from '../../src/generate/random.js';

/** What an event costs a process, in microseconds of one core. */
export interface NodeCost {
  /** To take it. */
  readonly receiveUs: number;
  /** To send it to one subscriber. */
  readonly sendUs: number;
}

export interface Tree {
  /** Of the publisher, then of the proxies of each level. */
  readonly costs: readonly NodeCost[];
  /** To how many each of these sends: proxies of the next level, or subscribers. */
  readonly fanOuts: readonly number[];
  /** Of an event on the wire. */
  readonly eventBytes: number;
  /** Of the network card of each machine. */
  readonly bitsPerS: number;
  /** From one machine to another. */
  readonly linkUs: number;
}

export function subscribersOf({ fanOuts }: Tree): number {
  return fanOuts.reduce((product, fanOut) => product * fanOut, 1);
}

/** Most events a second, and what bounds them: the core or the network card of the busiest machine. */
export function highestRate(tree: Tree): { readonly perS: number; readonly limit: 'core' | 'network' } {
  const coreUs = Math.max(...tree.fanOuts.map((fanOut, i) => busyUs(tree.costs[i], fanOut)));
  const networkUs = Math.max(...tree.fanOuts) * wireUs(tree);
  return { perS: 1e6 / Math.max(coreUs, networkUs), limit: coreUs >= networkUs ? 'core' : 'network' };
}

/**
 * Simulates events that come by chance, on the way to the subscriber that each machine serves last.
 *
 * @returns for each level, from the publisher to the subscribers of the last proxies: latencies in microseconds, sorted
 */
export function simulate(tree: Tree, perS: number, events: number, seed: number): Float64Array[] {
  const random = new Random(seed, 'proxy-tree');
  const latencies = tree.fanOuts.map(() => new Float64Array(events));
  const free = tree.fanOuts.map(() => ({ coreUs: 0, cardUs: 0 }));
  const eachUs = wireUs(tree);
  let dueUs = 0;
  for (let event = 0; event < events; event++) {
    dueUs += (-Math.log(1 - random.uniform()) * 1e6) / perS;
    let atUs = dueUs;
    for (const [level, fanOut] of tree.fanOuts.entries()) {
      const node = free[level];
      const startUs = Math.max(atUs, node.coreUs);
      node.coreUs = startUs + busyUs(tree.costs[level], fanOut);
      // The card sends the copies as they are made, one after the other.
      const firstUs = startUs + tree.costs[level].receiveUs + tree.costs[level].sendUs;
      node.cardUs = Math.max(Math.max(firstUs, node.cardUs) + fanOut * eachUs, node.coreUs + eachUs);
      atUs = node.cardUs + tree.linkUs;
      latencies[level][event] = atUs - dueUs;
    }
  }
  return latencies.map((some) => some.sort());
}

function busyUs({ receiveUs, sendUs }: NodeCost, fanOut: number): number {
  return receiveUs + fanOut * sendUs;
}

function wireUs({ eventBytes, bitsPerS }: Tree): number {
  return (8e6 * eventBytes) / bitsPerS;
}
