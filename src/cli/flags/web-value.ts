/** `8080`, `127.0.0.1:8080`, `[::1]:0`; whether the port exists is checked later. */
const LIKE_AN_ADDRESS = /^(?:[^\s/]*:)?\d+$/;

/**
 * The value of --web is optional: where the word behind it is no address, it is a database.
 *
 * @param web what commander took; true: no word
 */
export function withoutSwallowedDatabase<T extends { readonly web?: string | number | boolean }>(
  databases: string[],
  options: T,
): { readonly databases: string[]; readonly options: T } {
  const { web } = options;
  if (typeof web !== 'string' || LIKE_AN_ADDRESS.test(web)) return { databases, options };
  return { databases: [web, ...databases], options: { ...options, web: true } };
}
