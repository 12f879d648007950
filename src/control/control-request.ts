import { nearest } from '../shared/expect.js';
import { COMMANDS, type Command, type Parameter, type Parameters } from './control-commands.js';
import { ControlError } from './control-error.js';

/** Larger requests are refused. */
const LARGEST_REQUEST_BYTES = 64 << 10;
/** Most characters of a string in a request. */
const LONGEST_TEXT = 1024;
/** Most characters of a string from a request in an error message. */
const LONGEST_SHOWN = 60;

const EXPECTED = 'a JSON object such as {"command":"pause"}';

/** A request that was parsed and checked: its values have the types of their parameters. */
export interface ControlRequest {
  readonly name: string;
  readonly command: Command;
  readonly parameters: Parameters;
}

/**
 * Parses and checks a request.
 *
 * @param frames of the message, without its routing frames
 * @throws ControlError `BAD_REQUEST`, `UNKNOWN_COMMAND`
 */
export function parseRequest(frames: readonly Buffer[]): ControlRequest {
  if (frames.length !== 1) {
    throw badRequest(`Expected one frame, ${EXPECTED}, got ${frames.length === 0 ? 'none' : frames.length}`);
  }
  return checkRequest(objectIn(frames[0]));
}

/**
 * Checks a request that was parsed.
 *
 * @throws ControlError `BAD_REQUEST`, `UNKNOWN_COMMAND`
 */
export function checkRequest({ command: name, ...given }: Record<string, unknown>): ControlRequest {
  if (typeof name !== 'string') {
    throw badRequest(`Expected command to be a string, got ${shown(name)}; {"command":"help"} lists them`);
  }
  const command = COMMANDS.get(name);
  if (command === undefined) throw unknownCommand(name);
  checkParameters(name, command, given);
  return { name, command, parameters: given };
}

function objectIn(frame: Buffer): Record<string, unknown> {
  const { length } = frame;
  if (length === 0) throw badRequest(`Expected ${EXPECTED}, got an empty message`);
  if (length > LARGEST_REQUEST_BYTES) {
    throw badRequest(`Expected a request of at most ${LARGEST_REQUEST_BYTES} bytes, got ${length}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(frame));
  } catch {
    throw badRequest(`Expected ${EXPECTED}, got ${length} bytes that are not JSON in UTF-8`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw badRequest(`Expected ${EXPECTED}, got ${shown(value)}`);
}

function checkParameters(
  name: string,
  { parameters }: Command,
  given: Record<string, unknown>,
): asserts given is Parameters {
  const known = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  for (const [key, value] of Object.entries(given)) {
    const parameter = known.get(key);
    if (parameter === undefined) throw unknownParameter(name, key, [...known.keys()]);
    if (!isOfType(parameter, value)) {
      throw badRequest(`Expected ${key} to be ${parameter.type}, got ${shown(value)}`);
    }
    if (typeof value === 'string' && value.length > LONGEST_TEXT) {
      throw badRequest(`Expected ${key} to have at most ${LONGEST_TEXT} characters, got ${value.length}`);
    }
  }
  for (const { name: key, type, isRequired } of parameters) {
    if (isRequired && given[key] === undefined) {
      throw badRequest(`Expected ${name} to have the parameter ${key}, ${type}; it is missing`);
    }
  }
}

function isOfType({ type }: Parameter, value: unknown): boolean {
  if (typeof value === 'string') return type !== 'a number or "max"' || value === 'max';
  return typeof value === 'number' && type !== 'a string';
}

function unknownCommand(name: string): ControlError {
  const near = nearest(name.slice(0, LONGEST_SHOWN), [...COMMANDS.keys()]);
  const hint = near === undefined ? '{"command":"help"} lists them' : `did you mean ${near}?`;
  return new ControlError('UNKNOWN_COMMAND', `There is no command ${shown(name)}; ${hint}`);
}

function unknownParameter(command: string, name: string, known: readonly string[]): ControlError {
  const takes = known.length === 0 ? 'no parameters' : `only ${known.join(', ')}`;
  return badRequest(`The command ${command} has no parameter ${shown(name)}: it takes ${takes}`);
}

function badRequest(message: string): ControlError {
  return new ControlError('BAD_REQUEST', message);
}

/** Describes any value in a few characters, for an error message. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value);
}
