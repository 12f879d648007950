/** Says why a part of a file cannot be read: it is damaged. */
export class FormatFault extends Error {}
