import type { ReactNode } from "react";
import { Link } from "wouter";
import type { Incident } from "../../api/types";
import { Ago } from "../../parts/ago";
import { Badge } from "../../parts/badge";
import { Message } from "../../parts/message";
import { Person } from "../../parts/person";
import { count } from "../../words/numbers";
import { place } from "../../words/rules";

interface RowProps {
  readonly incident: Incident;
  readonly current?: boolean;
  readonly children?: ReactNode;
}

/** An incident in a list: what is wrong and where, how bad it is, since when, and whose it is. */
export function IncidentRow({ incident, current = false, children }: RowProps) {
  return (
    <li className="incident" data-incident={incident.incident} data-current={current || undefined}>
      {children}
      <span className={`mark ${incident.severity}`} aria-hidden="true" />
      <div className="what">
        <div className="line">
          <Link href={`/incidents/${incident.incident}`} className="strong" data-open>
            {incident.dataset}: <code>{place(incident.rule, incident.segment)}</code>
          </Link>
          <span className="dim number small">#{incident.incident}</span>
        </div>
        <p className="dim clipped">
          <Message text={incident.message} />
        </p>
      </div>
      <div className="side-facts">
        <Badge word={incident.severity} />
        <Badge word={incident.status} />
        {incident.assignee !== null && <Person actor={incident.assignee} />}
        <span className="dim small">
          <Ago time={incident.opened_at} /> · {count(incident.occurrences, "time")}
        </span>
      </div>
    </li>
  );
}
