import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import foxglove, { type Channel, type ServerInfo } from '@foxglove/ws-protocol';
import { WebSocket } from 'ws';
import { generate } from '../../src/generate/generate.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';
import { WebVisitor } from '../support/web-visitor.js';

const { FoxgloveClient } = foxglove;
const EVENTS = 1000;

/** What a play bar sends: opcode 3. */
function playbackControl(
  isPlay: boolean,
  speed: number,
  seekNs: bigint | undefined,
  requestId: string,
): Buffer {
  const id = Buffer.from(requestId);
  const head = Buffer.alloc(19);
  head.writeUInt8(3, 0);
  head.writeUInt8(isPlay ? 0 : 1, 1);
  head.writeFloatLE(speed, 2);
  head.writeUInt8(seekNs === undefined ? 0 : 1, 6);
  head.writeBigUInt64LE(seekNs ?? 0n, 7);
  head.writeUInt32LE(id.length, 15);
  return Buffer.concat([head, id]);
}

/** What a play bar gets: opcode 5. */
function playbackStateIn(bytes: Buffer) {
  return {
    status: bytes.readUInt8(1),
    timeNs: bytes.readBigUInt64LE(2),
    speed: bytes.readFloatLE(10),
    didSeek: bytes.readUInt8(14) === 1,
    requestId: bytes.toString('utf8', 19, 19 + bytes.readUInt32LE(15)),
  };
}

describe('a client of Foxglove', () => {
  it('of npm is told the topics, and gets the messages of those that it subscribes to', async (context) => {
    const night = join(temporaryFolder(context), 'night.db');
    await generate({ path: night, events: EVENTS, durationS: 600 });
    const visitor = await WebVisitor.open(context, {
      ...{ databases: night, startPaused: true, speedup: 50, convertNumber: true },
    });
    const socket = new WebSocket(visitor.addresses.foxglove, [FoxgloveClient.SUPPORTED_SUBPROTOCOL]);
    context.after(() => socket.terminate());
    const client = new FoxgloveClient({ ws: socket as never });
    const channels: Channel[] = [];
    const infos: ServerInfo[] = [];
    const messages: { readonly timestamp: bigint; readonly event: Record<string, unknown> }[] = [];
    const timesNs: bigint[] = [];
    client.on('serverInfo', (info) => infos.push(info));
    client.on('advertise', (added) => channels.push(...added));
    client.on('time', ({ timestamp }) => timesNs.push(timestamp));
    client.on('message', ({ timestamp, data }) =>
      messages.push({
        timestamp,
        event: JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString()),
      }),
    );
    await once(socket, 'open');
    visitor.playback.resume();
    await until(
      () => channels.length,
      (count) => count > 10,
    );
    assert(infos[0].capabilities.includes('playbackControl') && infos[0].capabilities.includes('time'));
    assert.equal(channels[0].encoding, 'json');
    for (const { id } of channels) client.subscribe(id);
    await until(
      () => messages.length,
      (count) => count > 20,
    );
    assert(messages.every(({ timestamp }) => timestamp > 1_500_000_000_000_000_000n));
    assert(messages.every(({ event }) => typeof event.__data_time === 'number'));
    assert(timesNs.length > 0);
  });

  it('of npm gets what a hand-made one seeks to and plays, up to the end', async (context) => {
    const night = join(temporaryFolder(context), 'night.db');
    await generate({ path: night, events: EVENTS, durationS: 600 });
    const visitor = await WebVisitor.open(
      context,
      { databases: night, startPaused: true, prime: true },
      { isView: true },
    );
    await until(
      () => visitor.playback.status().state,
      (state) => state === 'paused',
    );
    const { firstS, lastS } = visitor.playback.status();
    const viewing = new WebSocket(visitor.addresses.foxglove, [FoxgloveClient.SUPPORTED_SUBPROTOCOL]);
    const driving = new WebSocket(visitor.addresses.foxglove, ['foxglove.sdk.v1']);
    context.after(() => {
      viewing.terminate();
      driving.terminate();
    });
    const client = new FoxgloveClient({ ws: viewing as never });
    const [clockS, messagesS]: [number[], number[]] = [[], []];
    const subscribed = new Set<number>();
    client.on('advertise', (channels) => {
      for (const { id } of channels) subscribed.add(client.subscribe(id));
    });
    client.on('time', ({ timestamp }) => clockS.push(Number(timestamp) / 1e9));
    client.on('message', ({ timestamp }) => messagesS.push(Number(timestamp) / 1e9));
    await Promise.all([once(viewing, 'open'), once(driving, 'open')]);
    await until(
      () => subscribed.size,
      (count) => count > 10,
    );
    const toS = Math.round(firstS) + 400;
    driving.send(playbackControl(true, 100, BigInt(toS) * 1_000_000_000n, 'seek'));
    await until(
      () => Math.max(...messagesS),
      (latestS) => Math.abs(latestS - lastS) < 1e-3,
    );
    // The past of the place is sent first, and nothing else from before it.
    const topics = subscribed.size;
    assert(messagesS.filter((atS) => atS < toS).length <= topics);
    assert(messagesS.filter((atS) => atS >= toS).length > topics);
    await until(
      () => clockS.at(-1) ?? 0,
      (atS) => Math.abs(atS - lastS) < 1,
    );
  });

  it('drives the replay: plays, pauses, changes the speed and seeks', async (context) => {
    const night = join(temporaryFolder(context), 'night.db');
    await generate({ path: night, events: EVENTS, durationS: 600 });
    const visitor = await WebVisitor.open(context, { databases: night, startPaused: true });
    const { playback } = visitor;
    await until(
      () => playback.status().state,
      (state) => state === 'paused',
    );
    const socket = new WebSocket(visitor.addresses.foxglove, ['foxglove.sdk.v1']);
    context.after(() => socket.terminate());
    const texts: Record<string, unknown>[] = [];
    const states: ReturnType<typeof playbackStateIn>[] = [];
    socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) texts.push(JSON.parse(String(data)) as Record<string, unknown>);
      else if (data[0] === 5) states.push(playbackStateIn(data));
    });
    await once(socket, 'open');
    const stateOf = (requestId: string) =>
      until(
        () => states.find((state) => state.requestId === requestId),
        (state) => state !== undefined,
      );
    const info = (await until(
      () => texts.find(({ op }) => op === 'serverInfo'),
      (found) => found !== undefined,
    )) as { dataStartTime: { sec: number }; dataEndTime: { sec: number } };
    const { firstS } = playback.status();
    assert.equal(info.dataStartTime.sec, Math.floor(firstS));
    assert(info.dataEndTime.sec - info.dataStartTime.sec >= 590);

    const toS = Math.round(firstS) + 300;
    socket.send(playbackControl(false, 1, BigInt(toS) * 1_000_000_000n, 'seek'));
    const sought = await stateOf('seek');
    assert.deepEqual([sought?.status, sought?.didSeek], [1, true]);
    assert.equal(sought?.timeNs, BigInt(toS) * 1_000_000_000n);
    assert.equal(playback.status().positionS, toS);

    socket.send(playbackControl(true, 20, undefined, 'play'));
    const playing = await stateOf('play');
    assert.deepEqual([playing?.status, playing?.speed, playing?.didSeek], [0, 20, false]);
    await until(
      () => playback.status().sent,
      (sent) => sent > 0,
    );
    assert.deepEqual([playback.status().state, playback.status().speedup], ['playing', 20]);

    // Another hand on the replay is told, too.
    playback.pause();
    await until(
      () => states.at(-1),
      (state) => state?.status === 1 && state.requestId === '',
    );
    socket.send(playbackControl(true, -1, undefined, 'wrong'));
    const wrong = await until(
      () => texts.find(({ op }) => op === 'status'),
      (found) => found !== undefined,
    );
    assert.match(String(wrong?.message), /speed/);
    assert.equal(playback.status().state, 'paused');
  });
});
