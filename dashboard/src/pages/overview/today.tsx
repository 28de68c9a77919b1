import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { changesSince } from "../../api/queries";
import type { AuditEntry } from "../../api/types";
import { Card } from "../../parts/card";
import { Person } from "../../parts/person";
import { Empty, Shown } from "../../parts/states";
import { action } from "../../words/changes";
import { count } from "../../words/numbers";
import { exact, minute } from "../../words/time";
import { ObjectLink } from "../audit/object_link";

const SHOWN = 14;
const SHOWN_KINDS = /^(incident|schema|rule|dataset|user|token|check)\./;

/** What changed today: what people did, and what checks found. */
export function Today() {
  const query = useQuery(changesSince(new Date().setHours(0, 0, 0, 0)));
  return (
    <Card title="What changed today" aside={<Link href="/audit">Audit log</Link>}>
      <Shown query={query} lines={7}>
        {(entries) => <Changes entries={entries} />}
      </Shown>
    </Card>
  );
}

function Changes({ entries }: { readonly entries: readonly AuditEntry[] }) {
  const shown = entries.filter((entry) => SHOWN_KINDS.test(entry.action) && entry.action !== "check.record");
  const checks = entries.filter((entry) => entry.action === "check.record").length;
  if (shown.length === 0 && checks === 0) {
    return <Empty icon="clock" title="Nothing yet today" />;
  }
  return (
    <>
      {checks > 0 && (
        <p className="dim small">
          <Link href="/runs">{count(checks, "dataset check")}</Link> recorded today.
        </p>
      )}
      <ol className="changes">
        {shown.slice(0, SHOWN).map((entry) => (
          <li key={entry.seq}>
            <time dateTime={entry.at} title={exact(entry.at)} className="dim number">
              {minute(entry.at)}
            </time>
            <span>
              <Person actor={entry.actor} /> {action(entry.action)} <ObjectLink entry={entry} />
            </span>
          </li>
        ))}
      </ol>
      {shown.length > SHOWN && <p className="dim small">and {count(shown.length - SHOWN, "more change")} today</p>}
    </>
  );
}
