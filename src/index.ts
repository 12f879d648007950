/**
 * Replays recorded telescope control system events over ZeroMQ.
 *
 * @packageDocumentation
 */
export type { PayloadFormat } from './batch.js';
export { type ClientKeyOptions, type CurveClientOptions, curveClientOptions } from './curve/client-keys.js';
export { TCSDBReplay, type TCSDBReplayOptions } from './db-replay.js';
export type { Warnings } from './decode/warnings.js';
export { type ErrorCode, TcsReplayError } from './errors.js';
export type { EventId } from './event-id.js';
export { type GenerateOptions, type GenerateOutcome, generate } from './generate/generate.js';
export { type ListenOptions, listen, type ReceivedEvent } from './listen.js';
export type { LatenessSummary } from './measure.js';
export { TCSMockEvent } from './mock-event.js';
export type { ReplayOptions } from './options.js';
export type { Part, Undelivered } from './publish.js';
export { replay } from './replay.js';
export type { Times } from './schedule.js';
export { ZMQServer, type ZMQServerOptions } from './server.js';
export type { SortBy } from './sort-by.js';
export type { ReplayOutcome, ReplayProgress } from './tally.js';
