import * as z from 'zod';
import { SUBSCRIBER_KEYS } from '../../loadtest/subscriber/subscriber-spec.js';
import type { ScenarioKey } from './scenario-key.js';

/** Where the databases are named: on the command line they have no flag. */
export const DATABASES_KEY = 'databases';
const SUBSCRIBER_KEY = 'subscriber';

const TEXT = z.union([z.string(), z.number()], { error: 'a text or a number' });
const SWITCH = z.boolean({ error: 'true or false' });
const EITHER = z.union([SWITCH, TEXT], { error: 'true, false, a text or a number' });
const LIST = listOf(TEXT, 'a text, or a list of texts');
/** A group of subscribers, part by part; as a text it is `1,name=gui,service=exp:200us`. */
const SUBSCRIBERS = z.strictObject(
  {
    count: z
      .int({ error: 'a whole number of subscribers' })
      .min(1)
      .default(1)
      .describe('number of subscribers (default: 1)'),
    ...Object.fromEntries(SUBSCRIBER_KEYS.map((key) => [key, (key === 'topics' ? LIST : TEXT).optional()])),
  },
  { error: 'a text, or a group of subscribers' },
);
const SUBSCRIBER_LIST = listOf(
  z.union([TEXT, SUBSCRIBERS], { error: 'a text, or a group of subscribers' }),
  'subscribers, or a list of them',
);

export type ScenarioSubscribers = z.infer<typeof SUBSCRIBERS>;

/** What a scenario may hold: a value for each key, of its kind. What the values mean is checked with the options. */
export function scenarioSchema(keys: readonly ScenarioKey[]) {
  const ofKeys = keys.map(({ name, kind, flag }) => {
    const type =
      name === SUBSCRIBER_KEY
        ? SUBSCRIBER_LIST
        : { switch: SWITCH, text: TEXT, list: LIST, either: EITHER }[kind];
    return [name, type.optional().describe(flag.help)] as const;
  });
  return z
    .strictObject(
      {
        [DATABASES_KEY]: LIST.optional().describe(
          "databases, folders or patterns, merged by time; relative to the scenario's folder",
        ),
        ...Object.fromEntries(ofKeys),
      },
      { error: 'keys and values, such as stage: 1k:30s' },
    )
    .describe('A load test of tcs-replay. Each key is an option of tcs-replay loadtest.');
}

/** The schema as JSON Schema (draft 7), by which editors complete and check scenarios. */
export function scenarioJsonSchema(keys: readonly ScenarioKey[]): object {
  return z.toJSONSchema(scenarioSchema(keys), { target: 'draft-7', io: 'input' });
}

function listOf<T extends z.ZodType>(element: T, expected: string) {
  return z.union([element, z.array(element).min(1)], { error: expected });
}
