/**
 * Replays recorded telescope control system events over ZeroMQ.
 *
 * @packageDocumentation
 */
export type { PayloadFormat } from './batch/batch.js';
export type { Warnings } from './batch/warnings.js';
export type { ControlFulfilment, ControlRefusal, ControlReply } from './control/control-desk.js';
export type { ControlErrorCode, ControlFailure } from './control/control-error.js';
export type { ControlStatus } from './control/control-status.js';
export {
  type ConvertOptions,
  type ConvertOutcome,
  type ConvertProgress,
  convert,
} from './convert/convert.js';
export {
  type ConvertedNight,
  type ConvertNightsOptions,
  type ConvertNightsOutcome,
  convertNights,
  type NightProgress,
} from './convert/nights/convert-nights.js';
export type { OutputForm, Partition } from './convert/output-form.js';
export type { EventId } from './database/event-id.js';
export type { SortBy } from './database/order/sort-by.js';
export { type GenerateOptions, type GenerateOutcome, generate } from './generate/generate.js';
export { type ListenOptions, listen, type ReceivedEvent } from './listen.js';
export type { LoadTestOptions } from './loadtest/load-options.js';
export type { LoadProgress } from './loadtest/load-progress.js';
export type {
  LoadConditionResult,
  LoadReport,
  Proof,
  SeriesPoint,
  SubscriberPoint,
  SubscriberResult,
  Verdict,
} from './loadtest/load-report.js';
export { loadTest } from './loadtest/load-test-on-demand.js';
export type { EventCount } from './loadtest/lost-events.js';
export type { StageResult } from './loadtest/stage-figures.js';
export type { SubscriberKind } from './loadtest/subscriber-kind.js';
export type { GaveWay } from './loadtest/what-gave-way.js';
export type { TestedCondition } from './measure/condition.js';
export type { LatenessSummary, RecentLateness } from './measure/lateness.js';
export type {
  Blocked,
  Disorder,
  Pauses,
  RelayOutcome,
  RelayStanding,
  ReplayOutcome,
  ReplayProgress,
  Shifts,
  SubscriberNumbers,
} from './measure/outcome.js';
export type { Stall, StallCause, StallSummary, StallTotals } from './measure/stalls.js';
export type { TopicLatenessSummary } from './measure/topic-lateness.js';
export type { ReplayOptions, ReplayStart, WebAddresses } from './options/replay-options.js';
export type { ReportOptions } from './options/report-options.js';
export type { LatePolicy } from './pacing/late-policy.js';
export type { Times } from './pacing/schedule.js';
export type { Timing } from './pacing/waiter.js';
export type { SteppedEvent } from './playback/pending-commands.js';
export type { Playback, ReplayState, ReplayStatus } from './playback/playback.js';
export type { SearchStatus } from './playback/search-status.js';
export { type PreparedDatabase, type PrepareOptions, prepare } from './prepare.js';
export type { RecordedFile } from './record/record-messages.js';
export {
  type RecordedPublisher,
  type RecordedTopic,
  type RecordOptions,
  type RecordOutcome,
  type RecordProgress,
  record,
} from './record.js';
export { TCSDBReplay, type TCSDBReplayOptions } from './reference/tcs-db-replay.js';
export { TCSMockEvent } from './reference/tcs-mock-event.js';
export { ZMQServer, type ZMQServerOptions } from './reference/zmq-server.js';
export { replay, startReplay } from './replay.js';
export { type ErrorCode, TcsReplayError } from './shared/errors.js';
export type { SourceChange } from './sources/source.js';
export type { Overview } from './timeline/activity.js';
export type {
  Comparison,
  Counted,
  Delay,
  MissingStretch,
  OddEvent,
  TopicComparison,
} from './verify/comparison.js';
export { type VerifyOptions, type VerifyProgress, verify } from './verify/verify.js';
export {
  type ClientKeyOptions,
  type CurveClientOptions,
  curveClientOptions,
} from './zmq/curve/client-keys.js';
export type { FullPolicy } from './zmq/full-policy.js';
export type { Part, Undelivered } from './zmq/publisher.js';
export type { RouteFigures } from './zmq/publisher-group.js';
