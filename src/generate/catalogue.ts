import * as cameras from './catalogue/cameras.js';
import * as control from './catalogue/control.js';
import * as environment from './catalogue/environment.js';
import * as focus from './catalogue/focus.js';
import * as instruments from './catalogue/instruments.js';
import * as structure from './catalogue/structure.js';
import * as tracker from './catalogue/tracker.js';
import { VARIANTS } from './catalogue/variants.js';
import * as watch from './catalogue/watch.js';
import type { TopicKind } from './topic-kind.js';

/** The topics of a telescope, those first that one would miss most. */
export const CATALOGUE: readonly TopicKind[] = [
  tracker.position,
  instruments.lrs2Hardware,
  control.state,
  control.target,
  structure.azimuth,
  control.pointing,
  cameras.guider1,
  environment.outside,
  control.heartbeat,
  tracker.demand,
  environment.dome,
  focus.shutter,
  instruments.virusHardware,
  instruments.hpfEnvironment,
  cameras.correction,
  cameras.acquisitionFrame,
  cameras.wavefront1,
  control.trajectoryPoint,
  control.trajectoryLoad,
  tracker.hexapod,
  tracker.motors,
  structure.bearings,
  cameras.guider2,
  focus.distance,
  focus.tilt,
  watch.alarms,
  watch.loggerQueue,
  instruments.lrs2Exposure,
  instruments.virusExposure,
  instruments.hpfExposure,
  control.note,
  structure.segments,
  structure.sams,
  focus.adc,
  environment.domeShutter,
  cameras.guiderStatus,
  cameras.acquisitionStatus,
  cameras.wavefront2,
  tracker.metrology,
  tracker.interlock,
  environment.inside,
  environment.seeing,
  environment.clouds,
  structure.truss,
  structure.glass,
  focus.lamps,
  focus.dewpoint,
  instruments.hpfComb,
  environment.louvers,
  watch.loggerDisk,
];

/** The `count` most important topics; where the telescope has fewer, numbered parts are added in turn. */
export function chooseTopics(count: number): readonly TopicKind[] {
  const chosen = CATALOGUE.slice(0, count);
  for (let extra = 0; chosen.length < count; extra++) {
    const variant = VARIANTS[extra % VARIANTS.length]!;
    chosen.push(variant(Math.floor(extra / VARIANTS.length) + 1));
  }
  return chosen;
}
