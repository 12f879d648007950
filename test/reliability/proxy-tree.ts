/**
 * How far a tree of proxies carries: `node dist/test/reliability/proxy-tree.js`. It measures what an event costs a publisher and
 * a proxy for each subscriber, on this machine, and feeds a model with that (`proxy-tree-model.ts`).
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Subscriber } from '../../src/zmq/subscriber.js';
import { writeEvenNight } from '../support/even-night.js';
import { freePort, type RunningProgram, startCli } from '../support/peer.js';
import { highestRate, type NodeCost, simulate, subscribersOf, type Tree } from './proxy-tree-model.js';

const [EVENTS, RATE_PER_S, FILL_BYTES] = [8000, 2000, 250];
/** Events between which processor time is taken. */
const [FROM, TO] = [0.1 * EVENTS, 0.8 * EVENTS];
const [FEW, MANY] = [1, 8];
const SIMULATED = 200_000;
/** An event of the night above, with its framing. */
const EVENT_BYTES = 450;
const GIGABIT = 1e9;

const folder = mkdtempSync(join(tmpdir(), 'tcs-tree-'));
const night = join(folder, 'night.db');
writeEvenNight(night, { events: EVENTS, ratePerS: RATE_PER_S, fillBytes: FILL_BYTES });
try {
  const publisher = await costOf((subscribers) => publisherUs(subscribers));
  const proxy = await costOf((subscribers) => proxyUs(subscribers));
  console.log(`An event costs the publisher ${costText(publisher)}, and a proxy ${costText(proxy)}`);
  console.log('subscribers  tree     most events/s  limit    p50, p99 at half of that rate, by level');
  for (const fanOuts of [[8], [64], [8, 8], [16, 16], [8, 64], [8, 8, 8], [16, 16, 16]]) {
    const tree: Tree = {
      ...{ costs: fanOuts.map((_, level) => (level === 0 ? publisher : proxy)), fanOuts },
      ...{ eventBytes: EVENT_BYTES, bitsPerS: GIGABIT, linkUs: 100 },
    };
    const { perS, limit } = highestRate(tree);
    const levels = simulate(tree, perS / 2, SIMULATED, 1).map(
      (us) => `${ms(us[us.length / 2])}, ${ms(us[0.99 * us.length])}`,
    );
    console.log(
      `${String(subscribersOf(tree)).padStart(11)}  ${fanOuts.join(' × ').padEnd(12)} ${String(Math.round(perS)).padStart(8)}  ${limit.padEnd(8)} ${levels.join(';  ')}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** From what an event costs with few subscribers and with many. */
async function costOf(eventUs: (subscribers: number) => Promise<number>): Promise<NodeCost> {
  const [few, many] = [await eventUs(FEW), await eventUs(MANY)];
  const sendUs = (many - few) / (MANY - FEW);
  return { receiveUs: Math.max(0, few - FEW * sendUs), sendUs };
}

async function publisherUs(subscribers: number): Promise<number> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const counted = await receiving(url, subscribers);
  const publisher = play(url, subscribers);
  return processorUs(publisher, counted);
}

async function proxyUs(subscribers: number): Promise<number> {
  const [url, behind] = [`tcp://127.0.0.1:${await freePort()}`, `tcp://127.0.0.1:${await freePort()}`];
  const proxy = startCli(['proxy', '--from', url, '--to', behind]);
  const counted = await receiving(behind, subscribers);
  const publisher = play(url, 1);
  const us = await processorUs(proxy, counted);
  await publisher.end();
  return us;
}

function play(url: string, subscribers: number): RunningProgram {
  const rate = [
    '--rate',
    String(RATE_PER_S),
    '--wait-subscribers',
    String(subscribers),
    '--wait-timeout',
    '60',
  ];
  // It waits for the last events to be taken, so that its times can be read.
  return startCli([night, '-u', url, ...rate, '--serve-forever', '--quiet']);
}

/** Processor time for an event. Subscribers behind a proxy may come after the first events. */
async function processorUs(program: RunningProgram, counted: Counted): Promise<number> {
  await counted.reached(FROM);
  const [beganUs, began] = [usedUs(program), counted.least()];
  await counted.reached(TO);
  const us = (usedUs(program) - beganUs) / (EVENTS - began);
  counted.close();
  await program.end();
  return us;
}

/** Processor time of all threads of a program. */
function usedUs({ pid }: RunningProgram): number {
  const tasks = `/proc/${pid}/task`;
  const ns = readdirSync(tasks).map((task) =>
    Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]),
  );
  return ns.reduce((sum, each) => sum + each, 0) / 1000;
}

interface Counted {
  least(): number;
  reached(events: number): Promise<void>;
  close(): void;
}

/** Subscribers of this process. */
async function receiving(url: string, subscribers: number): Promise<Counted> {
  const counts = new Array<number>(subscribers).fill(0);
  const sockets = await Promise.all(
    counts.map(() => Subscriber.open({ connect: [url], prefixes: [''], highWaterMark: 0 })),
  );
  const count = async (socket: Subscriber, i: number) => {
    for await (const _ of socket.messages()) counts[i] += 1;
  };
  // They fail when they are closed.
  for (const [i, socket] of sockets.entries()) count(socket, i).catch(() => {});
  const least = () => Math.min(...counts);
  return {
    least,
    close: () => {
      for (const socket of sockets) socket.close();
    },
    reached: async (events) => {
      while (least() < events) await new Promise((resolve) => setTimeout(resolve, 5));
    },
  };
}

function costText({ receiveUs, sendUs }: NodeCost): string {
  return `${receiveUs.toFixed(1)} µs and ${sendUs.toFixed(2)} µs for each subscriber`;
}

function ms(us: number): string {
  return `${(us / 1000).toFixed(2)} ms`;
}
