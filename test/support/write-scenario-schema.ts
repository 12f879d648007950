/** Writes docs/scenarios/scenario.schema.json, by which editors check scenarios. Run it when an option of the load test changes. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { scenarioSchemaText } from './scenario-schema-text.js';

writeFileSync(
  fileURLToPath(new URL('../../../docs/scenarios/scenario.schema.json', import.meta.url)),
  scenarioSchemaText(),
);
