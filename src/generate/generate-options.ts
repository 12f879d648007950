/** How far `generate` has come. */
export interface GenerateProgress {
  readonly events: number;
  /** Events of the finished recording; absent where it is not known in advance. */
  readonly totalEvents?: number;
  /** Attribute rows written. */
  readonly rows: number;
}

/**
 * What to generate.
 *
 * Two of `events`, `durationS` and `rateHz` determine the third: giving all three is an error. With `events` or
 * `durationS` alone, topics report at their natural rates (about 140 events/s). With `rateHz` alone, or with none
 * of the three, `durationS` is 600.
 */
export interface GenerateOptions {
  /** The database to write. */
  readonly path: string;
  /** Whole number from 0 to 2^53 - 1; the same options give the same bytes. Default 1. */
  readonly seed?: number;
  /** Exact number of events of all nights together; at least one a night. */
  readonly events?: number;
  /** Approximate seconds from the first to the last event of each night; above 0, at most 10,000,000. */
  readonly durationS?: number;
  /** Number of nights, 24 hours from start to start; 1 to 100,000. Default 1. */
  readonly nights?: number;
  /** Number of topics, 1 to 100,000: the most important ones; above 50, numbered parts are added. Default 50. */
  readonly topics?: number;
  /** Attribute rows of each event, the six common ones included; 6 to 10,000. Default: as each topic defines. */
  readonly attributes?: number;
  /** Mean events per second during a night, all topics together; above 0, at most 100,000. */
  readonly rateHz?: number;
  /** Start of the first night in Unix seconds, 0 to 4,102,444,800. Default 1521854100: dusk in Texas, 2018-03-23. */
  readonly startUnixS?: number;
  /** Whether to replace an existing file. Default false. */
  readonly overwrite?: boolean;
  /** On abort the promise is rejected with the signal's reason, and no file is left. */
  readonly signal?: AbortSignal;
  /** Called a few times a second, and once at the end. */
  readonly onProgress?: (progress: GenerateProgress) => void;
}
