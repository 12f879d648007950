/** Messages of Foxglove's WebSocket protocol, as far as a replay has them. Times are nanoseconds since 1970; numbers are little-endian. */

/** Subprotocols that are the same but for their names, in order of preference. */
export const FOXGLOVE_PROTOCOLS = ['foxglove.sdk.v1', 'foxglove.websocket.v1'] as const;

const [MESSAGE_DATA, TIME, PLAYBACK_STATE] = [1, 2, 5];
const PLAYBACK_CONTROL = 3;
/** Opcode, command, speed, whether it seeks, time, length of the id. */
const CONTROL_BYTES = 1 + 1 + 4 + 1 + 8 + 4;
const STATE_BYTES = 1 + 1 + 8 + 4 + 1 + 4;

/** What plays. */
export type PlaybackStatus = 'playing' | 'paused' | 'buffering' | 'ended';
const STATUSES: readonly PlaybackStatus[] = ['playing', 'paused', 'buffering', 'ended'];

export interface PlaybackState {
  readonly status: PlaybackStatus;
  readonly timeNs: bigint;
  readonly speed: number;
  readonly didSeek: boolean;
  /** Of the request that it answers; empty: of none. */
  readonly requestId: string;
}

/** What a client asks of the replay. */
export interface PlaybackControl {
  readonly isPlay: boolean;
  readonly speed: number;
  /** Undefined: it does not seek. */
  readonly seekNs: bigint | undefined;
  readonly requestId: string;
}

/** A message of a topic. */
export function messageData(subscriptionId: number, timeNs: bigint, payload: Uint8Array): Buffer {
  const head = Buffer.allocUnsafe(13);
  head.writeUInt8(MESSAGE_DATA, 0);
  head.writeUInt32LE(subscriptionId, 1);
  head.writeBigUInt64LE(timeNs, 5);
  return Buffer.concat([head, payload]);
}

/** The time of the replay. */
export function timeMessage(timeNs: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(9);
  bytes.writeUInt8(TIME, 0);
  bytes.writeBigUInt64LE(timeNs, 1);
  return bytes;
}

export function playbackState({ status, timeNs, speed, didSeek, requestId }: PlaybackState): Buffer {
  const id = Buffer.from(requestId);
  const head = Buffer.allocUnsafe(STATE_BYTES);
  head.writeUInt8(PLAYBACK_STATE, 0);
  head.writeUInt8(STATUSES.indexOf(status), 1);
  head.writeBigUInt64LE(timeNs, 2);
  head.writeFloatLE(speed, 10);
  head.writeUInt8(didSeek ? 1 : 0, 14);
  head.writeUInt32LE(id.length, 15);
  return Buffer.concat([head, id]);
}

/** Parses a binary message of a client. @returns undefined: it is not a request to the replay, or not a whole one */
export function parsePlaybackControl(bytes: Buffer): PlaybackControl | undefined {
  if (bytes.length < CONTROL_BYTES || bytes[0] !== PLAYBACK_CONTROL) return undefined;
  const command = bytes.readUInt8(1);
  const length = bytes.readUInt32LE(15);
  if (command > 1 || bytes.length < CONTROL_BYTES + length) return undefined;
  return {
    isPlay: command === 0,
    speed: bytes.readFloatLE(2),
    seekNs: bytes.readUInt8(6) === 0 ? undefined : bytes.readBigUInt64LE(7),
    requestId: bytes.toString('utf8', CONTROL_BYTES, CONTROL_BYTES + length),
  };
}

/** A recorded time in nanoseconds; 0 where it is not known, or before 1970. */
export function nanoseconds(timeS: number): bigint {
  return Number.isFinite(timeS) && timeS > 0 ? BigInt(Math.round(timeS * 1e6)) * 1000n : 0n;
}
