import { homedir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';

const APPLICATION = 'tcs-replay';

/**
 * The folder of the cache where the user names none: in the user's cache folder, which `XDG_CACHE_HOME` moves. A path that is
 * not absolute does not count: the cache would be another one in each folder.
 *
 * @returns undefined where the user has no home
 */
export function defaultCacheFolder(): string | undefined {
  const { XDG_CACHE_HOME = '', LOCALAPPDATA = '' } = process.env;
  if (isAbsolute(XDG_CACHE_HOME)) return join(XDG_CACHE_HOME, APPLICATION);
  if (process.platform === 'win32' && isAbsolute(LOCALAPPDATA))
    return join(LOCALAPPDATA, APPLICATION, 'Cache');
  const home = [homedir, () => userInfo().homedir].map(pathOf).find(isAbsolute);
  if (home === undefined) return undefined;
  return join(home, process.platform === 'darwin' ? 'Library/Caches' : '.cache', APPLICATION);
}

/** @returns an empty text where the system knows no path */
function pathOf(path: () => string): string {
  try {
    return path();
  } catch {
    return '';
  }
}
