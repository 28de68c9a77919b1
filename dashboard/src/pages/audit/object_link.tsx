import { Link } from "wouter";
import { path } from "../../api/client";
import type { AuditEntry } from "../../api/types";

const OF_A_DATASET = new Set(["check.record", "schema.record", "dataset.add"]);

/** What a run keeps for those after it is named by the dataset, the time and the content. */
const OF_A_RUN = /^(.+): run: \d{4}-\d\d-\d\dT\S+( \w+)?$/;

/** What an entry of the audit log is about, as a link where it has a page. */
export function ObjectLink({ entry }: { readonly entry: AuditEntry }) {
  if (entry.action.startsWith("incident.")) {
    const rule = ruleOf(entry.detail);
    return (
      <>
        <Link className="sentence" href={`/incidents/${entry.object}`}>
          #{entry.object}
        </Link>
        {rule !== null && <code className="dim"> {rule}</code>}
      </>
    );
  }
  if (OF_A_DATASET.has(entry.action)) {
    return (
      <Link className="sentence" href={path("datasets", entry.object)}>
        {entry.object}
      </Link>
    );
  }
  const run = OF_A_RUN.exec(entry.object);
  return <span title={entry.object}>{run === null ? entry.object : `${run[1]}, for the next runs`}</span>;
}

function ruleOf(detail: string): string | null {
  try {
    const { rule } = JSON.parse(detail) as { rule?: unknown };
    return typeof rule === "string" ? rule : null;
  } catch {
    return null;
  }
}
