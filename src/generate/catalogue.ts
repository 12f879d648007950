import * as cameras from './catalogue/cameras.js';
import * as control from './catalogue/control.js';
import * as environment from './catalogue/environment.js';
import * as instruments from './catalogue/instruments.js';
import * as monitoring from './catalogue/monitoring.js';
import * as primeFocus from './catalogue/prime-focus.js';
import * as structure from './catalogue/structure.js';
import * as tracker from './catalogue/tracker.js';
import { VARIANTS } from './catalogue/variants.js';
import type { TopicKind } from './topic-kind.js';

/** The topics of a telescope, in order of importance. */
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
  primeFocus.shutter,
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
  primeFocus.distance,
  primeFocus.tilt,
  monitoring.alarms,
  monitoring.loggerQueue,
  instruments.lrs2Exposure,
  instruments.virusExposure,
  instruments.hpfExposure,
  control.note,
  structure.segments,
  structure.sams,
  primeFocus.adc,
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
  primeFocus.lamps,
  primeFocus.dewpoint,
  instruments.hpfComb,
  environment.louvers,
  monitoring.loggerDisk,
];

/** The `count` most important topics. Beyond the catalogue, numbered parts of each variant are added in turn. */
export function chooseTopics(count: number): readonly TopicKind[] {
  const chosen = CATALOGUE.slice(0, count);
  for (let extra = 0; chosen.length < count; extra++) {
    const variant = VARIANTS[extra % VARIANTS.length]!;
    chosen.push(variant(Math.floor(extra / VARIANTS.length) + 1));
  }
  return chosen;
}
