import { OPTIONS } from '../../src/options/option-table.js';
import { findPython } from '../../test/support/peer.js';
import { expectedDigest } from '../expected-digest.js';
import { expectedFrames } from '../expected-frames.js';
import type { Night } from '../night.js';
import { dropFromPageCache } from '../page-cache.js';
import { HOW_TO_BUILD, peerProgram } from '../peer-program.js';
import { NO_PEER, WAIT_SETUP_S } from '../publisher.js';
import { chooseReceiver } from '../receiver-choice.js';
import type { Prepared, Scenario } from '../scenario.js';
import type { Settings } from '../settings.js';
import { measureCeiling } from './ceiling.js';
import { playFlatOut } from './trial.js';
import { nightsOf, variantsOf } from './variants.js';

/** Ids of the cases of reference. */
const PEER = 'peer';
const PEER_OF_TEXT_IDS = 'peer, text ids';
const RECEIVER = 'receiver';

export const endToEndScenario: Scenario = {
  name: 'end-to-end',
  title: 'End to end',
  question: 'How many events a second get from a database on the disk to a subscriber, flat out?',
  figures: [
    {
      ...{ name: 'eventsPerS', title: 'events/s', unit: '1/s', better: 'higher' },
      ...{ isCompared: true, isShown: true },
    },
    {
      ...{
        name: 'bytesPerS',
        title: 'MB/s',
        unit: 'B/s',
        better: 'higher',
        isCompared: false,
        isShown: true,
      },
    },
    {
      ...{ name: 'cpuUsPerEvent', title: 'CPU/event', unit: 'us', better: 'lower' },
      ...{ isCompared: true, isShown: true },
    },
    {
      ...{ name: 'peakRssBytes', title: 'peak RSS', unit: 'B', better: 'lower' },
      ...{ isCompared: true, isShown: true },
    },
    {
      ...{ name: 'publisherEventsPerS', title: 'by the publisher', unit: '1/s', better: 'higher' },
      ...{ isCompared: false, isShown: false },
    },
    {
      ...{ name: 'wallS', title: 'whole process', unit: 's', better: 'lower' },
      ...{ isCompared: false, isShown: false },
    },
    { name: 'prepareS', title: 'preparing', unit: 's', better: 'lower', isCompared: true, isShown: false },
    {
      ...{ name: 'preparedBytes', title: 'prepared file', unit: 'B', better: 'lower' },
      ...{ isCompared: true, isShown: false },
    },
    {
      ...{ name: 'receiverCpuUsPerEvent', title: 'CPU/event of the receiver', unit: 'us', better: 'lower' },
      ...{ isCompared: false, isShown: false },
    },
  ],
  charts: [
    { kind: 'bars', title: 'Events a second, by the receiver’s clock', figure: 'eventsPerS' },
    {
      ...{ kind: 'curve', title: 'Events a second, by decoding threads', figure: 'eventsPerS', x: 'workers' },
      cases: ['0 workers', '1 worker', '2 workers', '4 workers'],
    },
    {
      ...{ kind: 'curve', title: 'CPU time an event, by the size of the night', figure: 'cpuUsPerEvent' },
      ...{ x: 'events', cases: ['2,000 events', '20,000 events', 'ours', '1,000,000 events'] },
    },
    { kind: 'course', title: 'How it goes over the time of a trial', cases: ['ours', PEER, RECEIVER] },
  ],
  prepare,
};

async function prepare(settings: Settings): Promise<Prepared> {
  const receiver = chooseReceiver();
  const nights = await nightsOf(settings);
  const { base, textIds } = nights;
  const canBeCold = dropFromPageCache(base.path);
  const notes: string[] = [
    'ours reads ahead while it waits for its subscriber: up to ' +
      `${((100 * OPTIONS.readAheadBytes.default) / base.sizeBytes).toFixed(0)} % of this night may be decoded when the clock starts. ` +
      'The larger the night, the less this matters.',
  ];
  if (receiver.reason !== undefined)
    notes.push(`The receiver in C could not be had (${receiver.reason}), so the content is not checked.`);
  const cases: Prepared['cases'][number][] = [];
  const shared = { receiver, highWaterMark: settings.highWaterMark };
  const hasPeer = findPython() !== undefined;
  if (hasPeer) {
    const addPeer = (id: string, night: Night) => {
      const digest = expectedDigest(night, 'spaced');
      cases.push({
        ...{ id, subject: 'peer', reference: null, parameters: { events: night.events } },
        measure: () =>
          playFlatOut({ ...shared, publisher: 'peer', night, isCold: canBeCold, digest, args: [] }),
      });
    };
    addPeer(PEER, base);
    if (textIds !== null) addPeer(PEER_OF_TEXT_IDS, textIds);
  } else notes.push(`Without the peer: ${NO_PEER}.`);
  const peerOf = (night: Night) => (night === textIds ? PEER_OF_TEXT_IDS : PEER);
  for (const { id, parameters, ...variant } of variantsOf(settings.level, nights)) {
    const digest = expectedDigest(variant.night, 'compact');
    cases.push({
      ...{ id, subject: 'ours', parameters, reference: hasPeer ? peerOf(variant.night) : null },
      measure: () =>
        playFlatOut({
          ...shared,
          ...variant,
          isCold: canBeCold && variant.isCold,
          publisher: 'ours',
          digest,
        }),
    });
  }
  const publisher = peerProgram('publisher');
  if ('command' in publisher && receiver.language === 'C') {
    const framesPath = expectedFrames(base, 'compact');
    const digest = expectedDigest(base, 'compact');
    cases.push({
      ...{ id: RECEIVER, subject: 'limit', reference: null, parameters: { events: base.events } },
      measure: () =>
        measureCeiling({ receiver, framesPath, events: base.events, digest, command: publisher.command }),
    });
    notes.push(
      `${RECEIVER}: the receiver’s highest rate, when a program in C sends it the messages of the same night from memory.`,
    );
  } else notes.push(`Without the receiver’s ceiling: it takes a compiler. ${HOW_TO_BUILD}.`);
  return {
    conditions: {
      transport: 'tcp 127.0.0.1',
      subscribers: 1,
      receiver: `in ${receiver.language}, a process of its own`,
      highWaterMark: settings.highWaterMark ?? OPTIONS.highWaterMark.default,
      peerHighWaterMark: 0,
      events: base.events,
      attributes: base.attributes,
      databaseBytes: base.sizeBytes,
      seed: 1,
      pageCache: canBeCold
        ? 'cold: the database is dropped from it before each trial, but where a case says “from memory”'
        : 'warm: on this system a database cannot be dropped from it',
      waitSetupS: WAIT_SETUP_S,
      warmUp: 'none: what a process takes to get fast is part of what is measured',
    },
    ...{ notes, cases },
  };
}
