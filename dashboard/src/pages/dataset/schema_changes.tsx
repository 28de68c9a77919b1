import { useQuery } from "@tanstack/react-query";
import { schemaDiff } from "../../api/queries";
import type { SchemaChange } from "../../api/types";
import { Badge } from "../../parts/badge";
import { Card } from "../../parts/card";
import { Shown } from "../../parts/states";

interface ChangesProps {
  readonly dataset: string;
  readonly before: string;
  readonly after: string;
}

/** What a version changed, and whom that breaks. */
export function SchemaChanges({ dataset, before, after }: ChangesProps) {
  const query = useQuery(schemaDiff(dataset, before, after));
  return (
    <Card title={`Changes from ${before} to ${after}`}>
      <Shown query={query} lines={3}>
        {(changes) =>
          changes.length === 0 ? (
            <p className="dim">No column differs.</p>
          ) : (
            <ul className="diff">
              {changes.map((change) => (
                <Change key={`${change.change} ${change.column}`} change={change} />
              ))}
            </ul>
          )
        }
      </Shown>
    </Card>
  );
}

function Change({ change }: { readonly change: SchemaChange }) {
  return (
    <li>
      <Badge word={change.breaks === null ? "compatible" : "breaking"} />
      <div>
        <span className="line">
          <strong className="mono">{change.column}</strong> {change.change}
          <span className="mono dim">{[change.before, change.after].filter((one) => one !== null).join(" → ")}</span>
        </span>
        {change.breaks !== null && <p className="dim small">breaks {change.breaks}</p>}
        {change.hint !== null && <p className="dim small">{change.hint}</p>}
      </div>
    </li>
  );
}
