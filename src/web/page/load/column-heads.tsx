import type { JSX } from 'preact';

/** A column's head, and what it means. */
export type ColumnHead = readonly [head: string, meaning: string];

/** The head of a table, each column of which says what it means. */
export function ColumnHeads({ columns }: { readonly columns: readonly ColumnHead[] }): JSX.Element {
  return (
    <thead>
      <tr>
        {columns.map(([head, meaning]) => (
          <th key={head} scope="col" title={meaning}>
            {head}
          </th>
        ))}
      </tr>
    </thead>
  );
}
