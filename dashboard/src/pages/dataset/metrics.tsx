import { useQuery } from "@tanstack/react-query";
import { metrics as readMetrics } from "../../api/queries";
import { Card } from "../../parts/card";
import { useFilters } from "../../parts/filters";
import { Empty, Shown } from "../../parts/states";
import { MetricBand } from "./metric_band";

/** The metrics that the store remembers of a dataset, one shown with its usual band. */
export function Metrics({ dataset }: { readonly dataset: string }) {
  const query = useQuery(readMetrics(dataset));
  return (
    <Shown query={query} lines={6}>
      {(found) => {
        const names = found.map((one) => one.metric);
        return names.length === 0 ? <NoMetric /> : <Chosen dataset={dataset} names={names} />;
      }}
    </Shown>
  );
}

function Chosen({ dataset, names }: { readonly dataset: string; readonly names: readonly string[] }) {
  const [filters, change] = useFilters();
  const wanted = filters.get("metric");
  const metric = wanted !== null && names.includes(wanted) ? wanted : (names[0] ?? "");
  const picker = (
    <label className="picker">
      <span className="unseen">Metric</span>
      <select className="input" value={metric} onChange={(event) => change({ metric: event.target.value })}>
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
  return (
    <Card title="Metric" aside={picker}>
      <MetricBand key={metric} dataset={dataset} metric={metric} />
    </Card>
  );
}

function NoMetric() {
  return (
    <div className="card">
      <Empty icon="runs" title="No metric has a history yet">
        <p>Each run remembers the metrics of its rules.</p>
      </Empty>
    </div>
  );
}
