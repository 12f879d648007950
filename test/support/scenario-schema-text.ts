import { LOAD_FLAGS, LOAD_RESULT_FLAGS } from '../../src/cli/flags/load-flags.js';
import { scenarioKeys } from '../../src/cli/scenario/scenario-key.js';
import { scenarioJsonSchema } from '../../src/cli/scenario/scenario-schema.js';

/** What docs/scenarios/scenario.schema.json has to be. */
export function scenarioSchemaText(): string {
  return `${JSON.stringify(scenarioJsonSchema(scenarioKeys([...LOAD_FLAGS, ...LOAD_RESULT_FLAGS])), null, 2)}\n`;
}
