/** A socket of a replay: its addresses, and what is sent there. */
export interface Route {
  /** Addresses to bind to. */
  readonly bind: readonly string[];
  /** Addresses to connect to, such as a proxy's XSUB. */
  readonly connect: readonly string[];
  /** Topics that are sent to these addresses: names, or patterns in which `*` is any text and `?` any character. Empty: all. */
  readonly topics: readonly string[];
}
