import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Shown } from "../../parts/states";

interface Column {
  readonly label: string;
  /** Left out where there is little room. */
  readonly roomy?: boolean;
}

interface ManagedListProps<T> {
  readonly query: UseQueryResult<readonly T[]>;
  readonly columns: readonly Column[];
  readonly stacked?: boolean;
  readonly empty: ReactNode;
  readonly row: (one: T) => ReactNode;
}

/** A list of what an Owner manages, with what can be done to each at the end of its row. */
export function ManagedList<T>({ query, columns, stacked = false, empty, row }: ManagedListProps<T>) {
  return (
    <Shown query={query}>
      {(found) =>
        found.length === 0 ? (
          empty
        ) : (
          <div className="scroll">
            <table className={stacked ? "table stacked" : "table"}>
              <thead>
                <tr>
                  {columns.map(({ label, roomy }) => (
                    <th key={label} scope="col" className={roomy === true ? "roomy" : undefined}>
                      {label}
                    </th>
                  ))}
                  <th scope="col">
                    <span className="unseen">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>{found.map(row)}</tbody>
            </table>
          </div>
        )
      }
    </Shown>
  );
}
