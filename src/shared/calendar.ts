export const DAY_S = 86_400;
export const NOON_S = DAY_S / 2;

/** The last time that a `Date` can hold, in Unix seconds. */
export const LAST_DATE_S = 8.64e12;
