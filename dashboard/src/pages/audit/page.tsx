import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { audit, auditState } from "../../api/queries";
import type { AuditEntry } from "../../api/types";
import { Ago } from "../../parts/ago";
import { SelectFilter, TextFilter, useFilters } from "../../parts/filters";
import { Heading } from "../../parts/heading";
import { More } from "../../parts/more";
import { Person } from "../../parts/person";
import { Empty, Failure, Loading } from "../../parts/states";
import { action } from "../../words/changes";
import { count } from "../../words/numbers";
import { Detail } from "./detail";
import { ObjectLink } from "./object_link";

const ACTIONS = [
  ["", "Any action"],
  ["check.record", "checked"],
  ["incident.opened", "opened incident"],
  ["incident.acknowledged", "acknowledged incident"],
  ["incident.assigned", "assigned incident"],
  ["incident.snoozed", "snoozed incident"],
  ["incident.resolved", "resolved incident"],
  ["incident.reopened", "reopened incident"],
  ["schema.record", "recorded a schema"],
  ["rule.disable", "disabled a rule"],
  ["user.add", "added a person"],
  ["login", "logged in"],
] as const;

export function AuditPage() {
  const [filters] = useFilters();
  const [actor, does, object] = ["actor", "action", "object"].map((name) => filters.get(name));
  const query = useInfiniteQuery(audit({ actor, action: does, object }));
  const found = query.data?.pages.flatMap((page) => page.items);
  return (
    <>
      <Heading title="Audit log">
        <p className="dim">Who did what. Each entry holds the hash of the one before it.</p>
      </Heading>
      <Chain />
      <div className="filters">
        <SelectFilter label="Action" name="action" options={ACTIONS} />
        <TextFilter label="Actor" name="actor" />
        <TextFilter label="Object" name="object" />
      </div>
      <div className="card">
        {query.error !== null && <Failure error={query.error} again={() => void query.refetch()} />}
        {found === undefined && query.error === null && <Loading lines={10} />}
        {found?.length === 0 && <Empty icon="search" title="No entry is like this" />}
        {found !== undefined && found.length > 0 && <Entries found={found} />}
        <More query={query} />
      </div>
    </>
  );
}

/** Whether the log is still what was written. */
function Chain() {
  const query = useQuery(auditState());
  if (query.data === undefined) {
    return null;
  }
  const { whole, entries, head, problem } = query.data;
  return (
    <p className={whole ? "chain" : "chain broken"} role="status">
      <strong>{whole ? "The chain is whole." : "The chain is broken."}</strong>{" "}
      {whole ? `${count(entries, "entry", "entries")}.` : problem}{" "}
      {head !== null && <code className="dim">{head}</code>}
    </p>
  );
}

function Entries({ found }: { readonly found: readonly AuditEntry[] }) {
  return (
    <div className="scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col" className="roomy">
              No.
            </th>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">What</th>
            <th scope="col" className="roomy">
              Detail
            </th>
          </tr>
        </thead>
        <tbody>
          {found.map((entry) => (
            <tr key={entry.seq}>
              <td className="number dim roomy">{entry.seq}</td>
              <td>
                <Ago time={entry.at} />
              </td>
              <td>
                <Person actor={entry.actor} />
              </td>
              <td>
                {action(entry.action)} <ObjectLink entry={entry} />
              </td>
              <td className="dim small roomy">
                <Detail text={entry.detail} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
