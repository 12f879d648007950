import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cachePath } from '../../bench/cache.js';
import { framesDigest } from '../../bench/frames-digest.js';
import { SEQUENCE_KEY } from '../../bench/night.js';
import { peerProgram } from '../../bench/peer-program.js';
import { framesOf } from '../../bench/publish/frames.js';
import { publishScenario } from '../../bench/publish/scenario.js';
import { type PublishPlan, publishOnce } from '../../bench/publish/trial.js';
import { requireReceiverInC } from '../../bench/receiver-choice.js';
import type { Measured } from '../../bench/scenario.js';
import { ownBenchCache, skipWithoutReceiver } from '../support/bench-cache.js';
import { RunningProgram } from '../support/peer.js';
import { HELD_US, SENDER_SPOIL, type SenderSpoil } from '../support/sender-spoil.js';

const SCENARIO = new URL('../../bench/publish/scenario.js', import.meta.url).href;
const PROGRAM = fileURLToPath(new URL('../../bench/publish/program.js', import.meta.url));
const SPOILT_SENDER = new URL('../support/spoilt-sender.js', import.meta.url).href;
const PAYLOAD_BYTES = 300;
/** More than there are different messages: some come a third time. */
const MESSAGES = 10_000;
const FEW_MESSAGES = 2000;

/** The benchmark's cache is in here, and leaves with it. */
const folder = ownBenchCache('publish');

function publisherInC(): string {
  const publisher = peerProgram('publisher');
  assert('command' in publisher);
  return publisher.command;
}

function publish(plan: Partial<PublishPlan> = {}): Promise<Measured> {
  const { count = MESSAGES, frames = framesOf(PAYLOAD_BYTES) } = plan;
  return publishOnce({
    ...{ command: [process.execPath, PROGRAM], frames, count, transport: 'tcp', subscribers: 1 },
    ...{ receiver: requireReceiverInC(), digest: framesDigest(publisherInC(), frames.path, count), ...plan },
  });
}

function publishSpoilt(spoil: SenderSpoil, plan: Partial<PublishPlan> = {}): Promise<Measured> {
  return publish({
    ...{ count: FEW_MESSAGES, command: [process.execPath, '--import', SPOILT_SENDER, PROGRAM] },
    ...{ env: { [SENDER_SPOIL]: spoil }, ...plan },
  });
}

/** What is measured is what is described, and there is something to each figure but some. */
function assertFigures({ figures, achievedPerS }: Measured, ofNone: readonly string[] = []): void {
  const names = publishScenario.figures.map(({ name }) => name);
  assert.deepEqual(Object.keys(figures).toSorted(), names.toSorted());
  for (const name of names) {
    if (ofNone.includes(name)) assert.equal(figures[name], null, name);
    // Unknown elsewhere than on Linux, and of a program that has ended before the first look at it.
    else if (name !== 'peakRssBytes' || figures[name] !== null)
      assert(Number(figures[name]) > 0, `${name} is ${figures[name]}`);
  }
  assert.equal(achievedPerS, figures.messagesPerS);
}

describe('the publish benchmark', { skip: skipWithoutReceiver() }, () => {
  const COMMANDS = {
    ours: () => [process.execPath, PROGRAM],
    'the program in C': () => [publisherInC()],
  };
  // Ours over tcp is measured below, beside a slow one, and by the quick look.
  for (const [who, transport, subscribers] of [
    ['ours', 'ipc', 1],
    ['the program in C', 'tcp', 2],
    ['the program in C', 'ipc', 1],
  ] as const) {
    it(`measures ${who} over ${transport} to ${subscribers}, each of which gets all that is sent`, async () => {
      const measured = await publish({ command: COMMANDS[who](), transport, subscribers });
      assert.deepEqual(measured.reasons, []);
      const all = subscribers * MESSAGES;
      assert.deepEqual(measured.counts, {
        ...{ expected: all, received: all, lost: 0, outOfOrder: 0, isContentRight: true },
      });
      assertFigures(measured);
    });
  }

  for (const [who, command] of Object.entries(COMMANDS)) {
    it(`measures ${who} to nobody, by its own clock`, async () => {
      const measured = await publish({ command: command(), subscribers: 0 });
      assert.deepEqual([measured.reasons, measured.counts], [[], null]);
      assertFigures(measured, ['bytesPerS', 'receiverCpuUsPerMessage']);
      assert.equal(measured.figures.messagesPerS, measured.figures.publisherPerS);
    });
  }

  it('measures ours to a thread of its own, which looks at number and order', async () => {
    const measured = await publish({ transport: 'inproc' });
    assert.deepEqual(measured.reasons, []);
    assert.deepEqual(measured.counts, {
      ...{ expected: MESSAGES, received: MESSAGES, lost: 0, outOfOrder: 0, isContentRight: null },
    });
    assertFigures(measured, ['receiverCpuUsPerMessage']);
  });

  it('leaves nothing of a trial behind', () => {
    assert.deepEqual(
      readdirSync(folder).filter((name) => !name.startsWith('tcs-replay-bench-')),
      [],
    );
    for (const name of readdirSync(cachePath()))
      assert.match(name, /^(frames-[\w-]+|(subscriber|publisher)-\w+)$/);
  });

  it('calls a trial invalid in which a message is left out', async () => {
    const { reasons, counts } = await publishSpoilt('loss');
    assert.deepEqual(reasons, [
      `received ${FEW_MESSAGES - 1} of ${FEW_MESSAGES} events`,
      '1 numbers missing in between',
    ]);
    assert.equal(counts!.lost, 1);
  });

  it('calls a trial invalid in which a byte is wrong, at any of the subscribers', async () => {
    const { reasons, counts } = await publishSpoilt('byte', { subscribers: 2 });
    assert.equal(reasons.length, 1);
    assert.match(reasons[0], /^received other content than was to be sent: expected the digest /);
    assert.deepEqual(counts, {
      ...{ expected: 2 * FEW_MESSAGES, received: 2 * FEW_MESSAGES, lost: 0, outOfOrder: 0 },
      isContentRight: false,
    });
  });

  it('calls a trial invalid in which two messages come in the wrong order, over inproc', async () => {
    const { reasons, counts } = await publishSpoilt('order', { transport: 'inproc' });
    assert.match(reasons.join('\n'), /^[1-3] events out of order$/m);
    const { received, lost, outOfOrder } = counts!;
    assert.deepEqual([received, lost], [FEW_MESSAGES, 0]);
    assert(outOfOrder > 0);
  });

  it('calls a trial invalid whose program sends fewer than it was to', async () => {
    // What a program says of itself counts as well: the last messages of a night are missed by nobody else.
    const { reasons } = await publish({
      ...{ count: FEW_MESSAGES, command: [process.execPath, '--eval', SENDS_NOTHING], subscribers: 0 },
    });
    assert.deepEqual(reasons, [`sent 0 of ${FEW_MESSAGES} messages`]);
  });

  it('shows a program that is slow, by its rate and its CPU time', async () => {
    const asItIs = await publish();
    const slow = await publishSpoilt('slow');
    assert.deepEqual([asItIs.reasons, slow.reasons], [[], []]);
    // It cannot be faster than that, whatever the machine. How much slower it is than the other tells how busy the machine is.
    assert(slow.figures.publisherPerS! <= 1e6 / HELD_US);
    for (const name of ['messagesPerS', 'publisherPerS'])
      assert(asItIs.figures[name]! > slow.figures[name]!, `${asItIs.figures[name]}, ${slow.figures[name]}`);
    assert(slow.figures.cpuUsPerMessage! > 2 * asItIs.figures.cpuUsPerMessage!);
  });

  it('says why a program failed', async () => {
    await assert.rejects(
      publish({ command: [process.execPath, '--eval', 'throw new Error("as a test")'] }),
      /^Error: The publisher ended with 1: [\s\S]*as a test/,
    );
  });

  it('has both cases of each load, the limit as the reference of ours, and pictures of them', async () => {
    const { cases } = await publishScenario.prepare({
      ...{ level: 'quick', events: FEW_MESSAGES, seconds: undefined, highWaterMark: undefined },
      wants: () => true,
      signal: new AbortController().signal,
      onMake: () => {},
      onStep: () => {},
    });
    assert.deepEqual(
      cases.map(({ id, subject, reference }) => [id, subject, reference]),
      [
        ['300 B, tcp', 'ours', 'limit: 300 B, tcp'],
        ['limit: 300 B, tcp', 'limit', null],
      ],
    );
    const pictured = publishScenario.charts.flatMap(({ cases: ids = [] }) => ids);
    for (const { id } of cases) assert(pictured.includes(id));
  });

  it('says what it takes where there is no compiler', async () => {
    const script = `import { publishScenario } from '${SCENARIO}'; await publishScenario.prepare({});`;
    const { code, stderr } = await new RunningProgram(
      process.execPath,
      ['--input-type=module', '--eval', script],
      { env: { CC: 'no-such-compiler' } },
    ).outcome;
    assert.equal(code, 1);
    assert.match(stderr, /Error: No receiver: it takes the one in C .* no C compiler no-such-compiler/);
  });

  it('tells the digest of messages in a circle, which is that of each as often as it comes', () => {
    const frames = framesOf(PAYLOAD_BYTES);
    const digest = (count: number) => BigInt(`0x${framesDigest(publisherInC(), frames.path, count)}`);
    const once = digest(frames.messages);
    assert.notEqual(once, 0n);
    assert.equal(digest(2 * frames.messages + 7), BigInt.asUintN(64, 2n * once + digest(7)));
  });
});

const SENDS_NOTHING = 'console.log(JSON.stringify({ sent: 0, seconds: 1, cpuSeconds: 1 }))';

it('makes messages of their size, numbered from 1, always the same', () => {
  const { path, messages } = framesOf(PAYLOAD_BYTES);
  const bytes = readFileSync(path);
  let at = 0;
  for (let number = 1; number <= messages; number++) {
    const [topicBytes, payloadBytes] = [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)];
    const payload = bytes.toString('latin1', at + 8 + topicBytes, at + 8 + topicBytes + payloadBytes);
    assert.equal(payload.length, PAYLOAD_BYTES);
    assert.equal((JSON.parse(payload) as Record<string, unknown>)[SEQUENCE_KEY], number);
    at += 8 + topicBytes + payloadBytes;
  }
  assert.equal(at, bytes.length);
  rmSync(path);
  assert.deepEqual(readFileSync(framesOf(PAYLOAD_BYTES).path), bytes);
});
