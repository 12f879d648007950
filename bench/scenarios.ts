import { convertScenario } from './convert/scenario.js';
import { decodeScenario } from './decode/scenario.js';
import { driftScenario } from './drift/scenario.js';
import { endToEndScenario } from './end-to-end/scenario.js';
import { fanOutScenario } from './fan-out/scenario.js';
import { footprintScenario } from './footprint/scenario.js';
import { microScenario } from './micro/scenario.js';
import { pacingScenario } from './pacing/scenario.js';
import { publishScenario } from './publish/scenario.js';
import { recordScenario } from './record/scenario.js';
import type { Scenario } from './scenario.js';
import { startScenario } from './start/scenario.js';

/** All scenarios, in the order of the report. */
export const SCENARIOS: readonly Scenario[] = [
  decodeScenario,
  publishScenario,
  endToEndScenario,
  pacingScenario,
  fanOutScenario,
  startScenario,
  footprintScenario,
  convertScenario,
  microScenario,
  driftScenario,
  recordScenario,
];
