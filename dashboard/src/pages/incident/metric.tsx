import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { rules, trends } from "../../api/queries";
import type { WholeIncident } from "../../api/types";
import { Trend } from "../../chart/lazy";
import { Card } from "../../parts/card";
import { metric } from "../../words/numbers";

/** The metric of the incident's rule over the last runs, with its threshold. */
export function MetricOverTime({ incident }: { readonly incident: WholeIncident }) {
  const found = useQuery(trends(incident.dataset, "90d")).data;
  const rule = useQuery(rules(incident.dataset)).data?.find((one) => one.rule === incident.rule);
  const points = useMemo(
    () =>
      found
        ?.find((one) => one.rule === incident.rule && one.segment === incident.segment)
        ?.points.map((point) => ({ at: point.at, value: point.value, bad: point.status === "failed" })),
    [found, incident.rule, incident.segment],
  );
  const type = incident.rule_type;
  const shown = useMemo(() => (value: number) => metric(value, type), [type]);
  if (points === undefined || points.filter((point) => point.value !== null).length < 2) {
    return null;
  }
  return (
    <Card title="Metric" aside={<span className="dim small">90 days; dots are runs that failed</span>}>
      <Trend label="metric" points={points} threshold={rule?.threshold ?? null} shown={shown} />
    </Card>
  );
}
