/**
 * Replays recorded telescope control system events over ZeroMQ.
 *
 * @packageDocumentation
 */
export type { PayloadFormat } from './batch.js';
export type { ControlErrorCode, ControlFailure } from './control/control-error.js';
export type { ControlFulfilment, ControlRefusal, ControlReply } from './control/control-server.js';
export type { ControlStatus } from './control/control-status.js';
export { type ClientKeyOptions, type CurveClientOptions, curveClientOptions } from './curve/client-keys.js';
export { TCSDBReplay, type TCSDBReplayOptions } from './db-replay.js';
export type { Warnings } from './decode/warnings.js';
export { type ErrorCode, TcsReplayError } from './errors.js';
export type { EventId } from './event-id.js';
export { type GenerateOptions, type GenerateOutcome, generate } from './generate/generate.js';
export type { LatePolicy } from './late-policy.js';
export { type ListenOptions, listen, type ReceivedEvent } from './listen.js';
export type { LatenessSummary, RecentLateness } from './measure/lateness.js';
export type { ReportOptions } from './measure/report-options.js';
export type { Stall, StallCause, StallSummary, StallTotals } from './measure/stalls.js';
export type { MissedThreshold } from './measure/threshold.js';
export type { TopicLatenessSummary } from './measure/topic-lateness.js';
export { TCSMockEvent } from './mock-event.js';
export type { ReplayOptions } from './options.js';
export type { Overview } from './overview.js';
export type { Playback, ReplayState, ReplayStatus } from './playback.js';
export type { Part, Undelivered } from './publish.js';
export { replay, startReplay } from './replay.js';
export type { Times } from './schedule.js';
export { ZMQServer, type ZMQServerOptions } from './server.js';
export type { SortBy } from './sort-by.js';
export type { SteppedEvent } from './stepped-event.js';
export type { Pauses, ReplayOutcome, ReplayProgress, Shifts } from './tally.js';
export type { Timing } from './timing.js';
