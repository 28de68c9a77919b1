import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { history } from "../../api/queries";
import type { Series } from "../../api/types";
import { Trend } from "../../chart/lazy";
import { Empty, Shown } from "../../parts/states";
import { count, metric as written } from "../../words/numbers";
import { typeOf } from "../../words/rules";

interface BandProps {
  readonly dataset: string;
  readonly metric: string;
}

/** A metric over the runs, with the range that was usual before each. */
export function MetricBand({ dataset, metric }: BandProps) {
  const query = useQuery(history(dataset, metric));
  return (
    <Shown query={query} lines={6}>
      {(found) => found.series.map((one) => <OneSeries key={one.segment} metric={metric} series={one} />)}
    </Shown>
  );
}

function OneSeries({ metric, series }: { readonly metric: string; readonly series: Series }) {
  const points = useMemo(() => series.points.map((point) => ({ ...point, bad: point.unusual })), [series]);
  const shown = useMemo(() => (value: number) => written(value, typeOf(metric)), [metric]);
  const unusual = points.filter((point) => point.bad).length;
  if (points.length < 2) {
    return (
      <Empty icon="runs" title="Two runs make a trend">
        <p>{count(points.length, "run")} so far.</p>
      </Empty>
    );
  }
  return (
    <div>
      {series.segment !== null && <h3 className="mono">{series.segment}</h3>}
      <Trend label={metric} points={points} shown={shown} />
      <p className="dim small">
        {count(points.length, "run")}, {unusual === 0 ? "none unusual" : `${unusual} unusual`}. The band is the range
        that was usual before each run, at sensitivity {series.sensitivity}.
      </p>
    </div>
  );
}
