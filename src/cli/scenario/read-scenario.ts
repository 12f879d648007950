import { readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml';
import type * as z from 'zod';
import { messageOf, TcsReplayError } from '../../shared/errors.js';
import { type NameOf, nearest } from '../../shared/expect.js';
import { counted } from '../../shared/text.js';
import type { Flag } from '../flags/flag.js';
import { type ScenarioKey, scenarioKeys } from './scenario-key.js';
import { DATABASES_KEY, type ScenarioSubscribers, scenarioSchema } from './scenario-schema.js';

const LARGEST_CHARACTERS = 1 << 20;
const SHOWN_PROBLEMS = 5;
/** Options that are files or folders: relative ones are those of the scenario's folder. */
const PATHS: ReadonlySet<string> = new Set([
  ...['databases', 'curveKeys', 'curveClients', 'cacheFolder'],
  ...['ledger', 'hlog', 'faultLog', 'html', 'junit'],
]);

type Path = readonly PropertyKey[];
type Scalar = string | number;

/** The options that a scenario sets. */
export interface Scenario {
  /** By the names of the library's options, as flags would give them. */
  readonly values: Readonly<Record<string, unknown>>;
  /** What the user calls an option that the scenario sets: its key and where that stands. */
  readonly nameOf: NameOf<string>;
}

/**
 * Reads a scenario: a file of YAML whose keys are long flags without their hyphens.
 *
 * @throws TcsReplayError `NO_SUCH_FILE`; `BAD_OPTION`, which says in which line and column
 */
export async function readScenario(path: string, flags: readonly Flag[]): Promise<Scenario> {
  const lines = new LineCounter();
  const document = parseDocument(await textOf(path), { lineCounter: lines, prettyErrors: false });
  const placeOf = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  const [broken] = document.errors;
  if (broken !== undefined) {
    const message = `${placeOf(broken.pos[0])}: Expected YAML: ${broken.message}`;
    throw new TcsReplayError('BAD_OPTION', message);
  }
  const keys = scenarioKeys(flags);
  const place = (at: Path) => placeOf(offsetOf(document, at));
  const given = checked(path, keys, plainValue(document, path), place);
  const names = new Map([...keys.map(({ name, flag }) => [flag.option, name] as const)]);
  const nameOf = (option: string) => {
    const name = names.get(option) ?? option;
    return `${name} (${place([name])})`;
  };
  const folder = dirname(path);
  const values: Record<string, unknown> = {};
  if (given[DATABASES_KEY] !== undefined) values.databases = listOf(given[DATABASES_KEY]).map(String);
  for (const key of keys) {
    const value = given[key.name];
    if (value !== undefined) values[key.flag.option] = optionOf(key, value, nameOf);
  }
  for (const option of Object.keys(values).filter((option) => PATHS.has(option)))
    values[option] = within(folder, values[option] as string | string[]);
  return { values, nameOf };
}

async function textOf(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new TcsReplayError('NO_SUCH_FILE', `Cannot read the scenario ${path}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (text.length <= LARGEST_CHARACTERS) return text;
  const found = `${basename(path)} has ${counted(text.length, 'character')}`;
  throw new TcsReplayError(
    'BAD_OPTION',
    `Expected a scenario of at most ${counted(LARGEST_CHARACTERS, 'character')}, ${found}`,
  );
}

/** An alias can stand for a list of aliases, and so on: the library counts them. */
function plainValue(document: Document, path: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new TcsReplayError('BAD_OPTION', `${path}: ${messageOf(error)}`, { cause: error });
  }
}

function checked(
  path: string,
  keys: readonly ScenarioKey[],
  value: unknown,
  place: (at: Path) => string,
): Record<string, unknown> {
  // An empty file sets nothing.
  const result = scenarioSchema(keys).safeParse(value ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap(innermost).flatMap((issue) => problemsOf(issue, keys, place));
  const [first = `${path}: it is no scenario`, ...more] = problems;
  const shown = more.slice(0, SHOWN_PROBLEMS - 1);
  const rest = more.length - shown.length;
  const all = [first, ...shown, ...(rest === 0 ? [] : [`and ${counted(rest, 'other problem')}`])];
  throw new TcsReplayError('BAD_OPTION', all.join('; '));
}

function problemsOf(
  issue: z.core.$ZodIssue,
  keys: readonly ScenarioKey[],
  place: (at: Path) => string,
): string[] {
  const { path, message } = issue;
  if (issue.code === 'unrecognized_keys') {
    const known = path.length === 0 ? [DATABASES_KEY, ...keys.map(({ name }) => name)] : [];
    return issue.keys.map((key) => {
      const near = nearest(key.replace(/^-+/, ''), known);
      const hint = near === undefined ? '' : `; did you mean ${near}?`;
      const where = path.length === 0 ? 'an option of loadtest' : `a part of ${path.join('.')}`;
      return `${place([...path, key])}: Expected ${where}, got ${key}${hint}`;
    });
  }
  const what = path.length === 0 ? 'a scenario of' : `${path.join('.')} to be`;
  return [`${place(path)}: Expected ${what} ${message}`];
}

/** Of a value that no alternative fits, what is wrong deepest inside: the element that is wrong is of more use than the list. */
function innermost(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const inner = issue.errors
    .flat()
    .flatMap((each) => innermost({ ...each, path: [...issue.path, ...each.path] }))
    .filter(({ path }) => path.length > issue.path.length);
  return inner.length > 0 ? inner : [issue];
}

/** Where a key stands; of an element of a list, where the element does. */
function offsetOf(document: Document, path: Path): number {
  const parent = path.length <= 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => isNode(key) && key.toJSON() === last);
    if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0] ?? 0;
  }
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  if (isNode(node)) return node.range?.[0] ?? 0;
  return path.length === 0 ? 0 : offsetOf(document, path.slice(0, -1));
}

function optionOf({ kind, flag }: ScenarioKey, value: unknown, nameOf: NameOf<string>): unknown {
  if (kind === 'switch' || typeof value === 'boolean') return value;
  if (kind === 'list')
    return listOf(value).map((each) => (typeof each === 'object' ? subscribersText(each) : String(each)));
  const text = String(value);
  return flag.form === undefined ? text : flag.form.read(text, nameOf(flag.option));
}

function listOf(value: unknown): readonly (Scalar | ScenarioSubscribers)[] {
  return (Array.isArray(value) ? value : [value]) as readonly (Scalar | ScenarioSubscribers)[];
}

/** `2,name=gui,topics=tracker.*|dome.*` */
function subscribersText({ count, ...parts }: ScenarioSubscribers): string {
  const given = Object.entries(parts).filter(([, value]) => value !== undefined);
  return [count, ...given.map(([key, value]) => `${key}=${[value].flat().join('|')}`)].join(',');
}

function within(folder: string, paths: string | readonly string[]): string | string[] {
  const of = (path: string) => (folder === '.' || isAbsolute(path) ? path : join(folder, path));
  return typeof paths === 'string' ? of(paths) : paths.map(of);
}
