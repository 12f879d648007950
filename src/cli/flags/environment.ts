/** Environment variables that give values which flags do not. An empty one counts as absent. */
export const ENVIRONMENT = {
  url: 'TCS_REPLAY_URL',
  cacheFolder: 'TCS_REPLAY_CACHE',
  timezone: 'TCS_REPLAY_TIMEZONE',
} as const;

/** Removes empty variables, which commander would take for values. */
export function forgetEmptyVariables(): void {
  for (const name of Object.values(ENVIRONMENT)) if (process.env[name] === '') delete process.env[name];
}
