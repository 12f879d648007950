import { endToEndScenario } from './end-to-end/scenario.js';
import { publishScenario } from './publish/scenario.js';
import type { Scenario } from './scenario.js';

/** All that can be measured, in the order in which it is shown. */
export const SCENARIOS: readonly Scenario[] = [publishScenario, endToEndScenario];
