import type { ReactNode } from "react";
import { Link } from "wouter";
import { path } from "../../api/client";
import type { WholeIncident } from "../../api/types";
import { Ago } from "../../parts/ago";
import { Card } from "../../parts/card";
import { Person } from "../../parts/person";
import { count, metric } from "../../words/numbers";

/** What is known of an incident at a glance. */
export function Facts({ incident }: { readonly incident: WholeIncident }) {
  return (
    <Card title="About">
      <dl className="facts one">
        <Fact name="Dataset">
          <Link href={path("datasets", incident.dataset)}>{incident.dataset}</Link>
        </Fact>
        <Fact name="Rule">
          <Link href={`${path("datasets", incident.dataset)}?rule=${encodeURIComponent(incident.rule)}`}>
            <code>{incident.rule}</code>
          </Link>
        </Fact>
        <Fact name="Segment">{incident.segment}</Fact>
        <Fact name="Metric">{incident.metric_value !== null && metric(incident.metric_value, incident.rule_type)}</Fact>
        <Fact name="Assignee">
          {incident.assignee === null ? <span className="dim">nobody</span> : <Person actor={incident.assignee} />}
        </Fact>
        <Fact name="Opened">
          <Ago time={incident.opened_at} />
        </Fact>
        <Fact name="Last seen">
          <Ago time={incident.last_seen_at} />
        </Fact>
        <Fact name="Seen">{count(incident.occurrences, "time")}</Fact>
        <Fact name="Snoozed">
          {incident.snoozed_until !== null && (
            <>
              ends <Ago time={incident.snoozed_until} />
            </>
          )}
        </Fact>
        <Fact name="Resolved">{incident.resolved_at !== null && <Ago time={incident.resolved_at} />}</Fact>
        <Fact name="Reason">{incident.resolution?.replace("_", " ")}</Fact>
      </dl>
    </Card>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  if (children === null || children === undefined || children === false) {
    return null;
  }
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
