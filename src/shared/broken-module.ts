import { messageOf, TcsReplayError } from './errors.js';

const PACKAGE_IN_PATH =
  /((?:[A-Za-z]:)?[\\/][^'"\n]*?)[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/;
/** How the packages that find and load native modules say that there is none. */
const NOT_FOUND = /^Could not locate the bindings file|zeromq\.js addon/;

/**
 * Whether an error says that a package's native module cannot be loaded: it was built for another version of Node, for
 * another system, or not at all.
 *
 * @returns the error for the user; undefined for any other error
 */
export function brokenModule(error: unknown): TcsReplayError | undefined {
  const isRefused = (error as NodeJS.ErrnoException | null)?.code === 'ERR_DLOPEN_FAILED';
  const message = messageOf(error);
  if (!isRefused && !NOT_FOUND.test(message)) return undefined;
  const [, folder, name] = PACKAGE_IN_PATH.exec(message) ?? [];
  const what = name === undefined ? 'A native module' : `The native module of ${name}`;
  const why = message.includes('NODE_MODULE_VERSION')
    ? 'it was built for another version of Node'
    : isRefused
      ? message.split('\n', 1)[0]
      : 'it was not built';
  const where = folder === undefined ? 'where tcs-replay is installed' : `in ${folder}`;
  return new TcsReplayError(
    'BROKEN_INSTALL',
    `${what} cannot be loaded by this Node, ${process.version} for ${process.platform} ${process.arch}: ${why}; run "npm rebuild${name === undefined ? '' : ` ${name}`}" ${where}`,
    { cause: error },
  );
}
