import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { path } from "../../api/client";
import { incident as readIncident } from "../../api/queries";
import type { WholeIncident } from "../../api/types";
import { Badge } from "../../parts/badge";
import { Card } from "../../parts/card";
import { Heading } from "../../parts/heading";
import { Message } from "../../parts/message";
import { PageOf } from "../../parts/page_of";
import { place } from "../../words/rules";
import { Actions } from "./actions";
import { Alerts } from "./alerts";
import { Evidence } from "./evidence";
import { Facts } from "./facts";
import { MetricOverTime } from "./metric";
import { Timeline } from "./timeline";

export function IncidentPage({ number }: { readonly number: number }) {
  const query = useQuery(readIncident(number));
  return (
    <PageOf query={query} title={`Incident ${number}`} crumb={["/incidents", "Incidents"]}>
      {(found) => <Whole found={found} />}
    </PageOf>
  );
}

function Whole({ found }: { readonly found: WholeIncident }) {
  return (
    <>
      <Heading
        title={`Incident ${found.incident}`}
        crumb={["/incidents", "Incidents"]}
        shown={
          <>
            <span className="dim number">#{found.incident}</span>{" "}
            <Link href={path("datasets", found.dataset)}>{found.dataset}</Link>:{" "}
            <code>{place(found.rule, found.segment)}</code>
          </>
        }
        actions={<Actions incident={found} />}
      >
        <div className="tally">
          <Badge word={found.severity} />
          <Badge word={found.status} />
        </div>
        <p className="lead">
          <Message text={found.message} />
        </p>
      </Heading>
      <div className="columns">
        <div className="stack">
          <MetricOverTime incident={found} />
          <Evidence first={found.first_samples} last={found.last_samples} />
          <Card title="Timeline">
            <Timeline events={found.timeline} type={found.rule_type} />
          </Card>
        </div>
        <div className="stack">
          <Facts incident={found} />
          <Alerts alerts={found.alerts} />
        </div>
      </div>
    </>
  );
}
