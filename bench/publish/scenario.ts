import { fileURLToPath } from 'node:url';
import { framesDigest } from '../frames-digest.js';
import { HOW_TO_BUILD, peerProgram } from '../peer-program.js';
import { requireReceiverInC } from '../receiver-choice.js';
import type { FigureInfo } from '../result.js';
import type { Case, Prepared, Scenario } from '../scenario.js';
import { atLevel, type Settings } from '../settings.js';
import { framesOf } from './frames.js';
import { publishOnce, type Transport } from './trial.js';

const PROGRAM = fileURLToPath(new URL('./program.js', import.meta.url));
/** Payload size of a typical event of a telescope's night. */
const USUAL_BYTES = 300;
/** Limits the bytes of a trial, so that it takes about a second. */
const MOST_TOTAL_BYTES = 1.2e9;

const shown = { isCompared: false, isShown: true };
const hidden = { isCompared: false, isShown: false };
const compared = { isCompared: true, isShown: true };
const FIGURES: readonly FigureInfo[] = [
  { name: 'messagesPerS', title: 'messages/s', unit: '1/s', better: 'higher', ...compared },
  { name: 'bytesPerS', title: 'MB/s', unit: 'B/s', better: 'higher', ...shown },
  { name: 'cpuUsPerMessage', title: 'CPU/message', unit: 'us', better: 'lower', ...compared },
  { name: 'receiverCpuUsPerMessage', title: 'of a receiver', unit: 'us', better: 'lower', ...shown },
  { name: 'publisherPerS', title: 'by the publisher', unit: '1/s', better: 'higher', ...hidden },
  { name: 'peakRssBytes', title: 'peak RSS', unit: 'B', better: 'lower', ...hidden },
];

/** What is sent, and to how many subscribers. */
interface Load {
  readonly payloadBytes: number;
  readonly transport: Transport;
  readonly subscribers: number;
}

const USUAL: Load = { payloadBytes: USUAL_BYTES, transport: 'tcp', subscribers: 1 };

export const publishScenario: Scenario = {
  name: 'publish',
  title: 'Publish',
  question:
    'How many messages a second does the socket take from memory, and how near is that to what libzmq gives?',
  figures: FIGURES,
  charts: [
    {
      ...{ kind: 'curve', title: 'Messages a second, by the size of a payload', figure: 'messagesPerS' },
      ...{ x: 'payloadBytes', series: 'publisher', cases: idsOf(sizesAt('full')) },
    },
    { kind: 'bars', title: 'Messages a second', figure: 'messagesPerS' },
    { kind: 'bars', title: 'CPU time a message', figure: 'cpuUsPerMessage' },
  ],
  prepare,
};

function sizesAt(level: Settings['level']): Load[] {
  const sizes = atLevel<readonly number[]>(level, {
    quick: [USUAL_BYTES],
    default: [64, USUAL_BYTES, 4096, 65_536],
    full: [64, USUAL_BYTES, 1024, 4096, 65_536],
  });
  return sizes.map((payloadBytes) => ({ ...USUAL, payloadBytes }));
}

function loadsAt(level: Settings['level']): Load[] {
  const transports = atLevel<readonly Transport[]>(level, {
    quick: [],
    default: ['ipc', 'inproc'],
    full: ['ipc', 'inproc'],
  });
  const subscribers = atLevel<readonly number[]>(level, { quick: [], default: [0, 4], full: [0, 4] });
  return [
    ...sizesAt(level),
    ...transports.map((transport) => ({ ...USUAL, transport })),
    ...subscribers.map((count) => ({ ...USUAL, subscribers: count })),
  ];
}

function nameOf({ payloadBytes, transport, subscribers }: Load): string {
  return `${payloadBytes} B, ${transport}${subscribers === 1 ? '' : `, ${subscribers} subscribers`}`;
}

function limitOf(load: Load): string {
  return `limit: ${nameOf(load)}`;
}

function idsOf(loads: readonly Load[]): string[] {
  return loads.flatMap((load) => [nameOf(load), limitOf(load)]);
}

async function prepare({ level, events }: Settings): Promise<Prepared> {
  const receiver = requireReceiverInC();
  const publisher = peerProgram('publisher');
  if (!('command' in publisher))
    throw new Error(`The publisher in C cannot be built: ${publisher.reason}. ${HOW_TO_BUILD}`);
  const most = events ?? atLevel(level, { quick: 200_000, default: 500_000, full: 500_000 });
  const cases: Case[] = [];
  for (const load of loadsAt(level)) {
    const frames = framesOf(load.payloadBytes);
    const count = Math.min(
      most,
      Math.ceil(MOST_TOTAL_BYTES / load.payloadBytes / Math.max(1, load.subscribers)),
    );
    const digest = framesDigest(publisher.command, frames.path, count);
    const plan = { ...load, frames, count, receiver, digest };
    // An inproc address is reachable only within its process, and the receiver there is in JavaScript: it has
    // no limit.
    const reference = load.transport === 'inproc' ? null : limitOf(load);
    const parameters = { ...load, messages: count };
    cases.push({
      ...{ id: nameOf(load), subject: 'ours', parameters: { publisher: 'ours', ...parameters }, reference },
      measure: () => publishOnce({ ...plan, command: [process.execPath, PROGRAM] }),
    });
    if (reference === null) continue;
    cases.push({
      ...{
        id: reference,
        subject: 'limit',
        parameters: { publisher: 'limit', ...parameters },
        reference: null,
      },
      measure: () => publishOnce({ ...plan, command: [publisher.command] }),
    });
  }
  return {
    conditions: {
      receiver: 'in C, a process each; it checks number, order and content',
      highWaterMark: 0,
      topics: 8,
      seed: 1,
      warmUp: '50,000 messages to nobody, in the same process',
    },
    notes: [
      'limit: a program in C that sends the same messages by libzmq, and does nothing else.',
      'The rate is that of the slowest receiver, by its own clock; without a subscriber, that of the publisher.',
      'inproc: the receiver is a thread of the same process, in JavaScript, and slower than the sender.',
    ],
    cases,
  };
}
