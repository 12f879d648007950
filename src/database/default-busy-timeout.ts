/** How long a database that another program has locked is waited for, in seconds. */
export const DEFAULT_BUSY_TIMEOUT_S = 60;
