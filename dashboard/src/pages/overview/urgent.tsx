import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { someIncidents } from "../../api/queries";
import type { Incident, Severity } from "../../api/types";
import { Card } from "../../parts/card";
import { Empty, Shown } from "../../parts/states";
import { IncidentRow } from "../incidents/row";

const SHOWN = 6;
const READ = 50;
const RANK: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, info: 2 };

/** The newest incidents that nobody has acknowledged, the worst first. */
export function Urgent() {
  const query = useQuery(someIncidents({ status: "open", limit: READ }));
  return (
    <Card title="Nobody is at these yet" aside={<Link href="/incidents">All incidents</Link>} flush>
      <Shown query={query}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty icon="check" title="No open incident" />
          ) : (
            <ul className="list">
              {worst(page.items).map((one) => (
                <IncidentRow key={one.incident} incident={one} />
              ))}
            </ul>
          )
        }
      </Shown>
    </Card>
  );
}

const worst = (found: readonly Incident[]): readonly Incident[] =>
  [...found].sort((one, other) => RANK[one.severity] - RANK[other.severity]).slice(0, SHOWN);
