import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link } from "wouter";
import { setEnabled } from "../../api/actions";
import type { RecordedRule, RuleTrend } from "../../api/types";
import { Trend } from "../../chart/lazy";
import { useNotes } from "../../parts/notes";
import { useMay } from "../../shell/session";
import { metric } from "../../words/numbers";
import { place } from "../../words/rules";
import { MetricBand } from "./metric_band";

interface DetailsProps {
  readonly dataset: string;
  readonly rule: RecordedRule;
  readonly trends: readonly RuleTrend[];
}

const SEGMENTS = 6;
/** What idqp keeps with a rule for itself. */
const INTERNAL: ReadonlySet<string> = new Set(["line", "notes", "doubts"]);

const empty = (value: unknown): boolean =>
  value === null || value === "" || value === false || (Array.isArray(value) && value.length === 0);

/** A rule's trend with its threshold, or with the usual band of the metric that it watches; and its keys. */
export function RuleDetails({ dataset, rule, trends }: DetailsProps) {
  const watched = rule.type === "anomaly" ? rule.params["metric"] : undefined;
  return (
    <div className="details">
      {typeof watched === "string" ? (
        <MetricBand dataset={dataset} metric={watched} />
      ) : (
        trends.slice(0, SEGMENTS).map((trend) => <RuleChart key={trend.segment} rule={rule} trend={trend} />)
      )}
      {trends.length > SEGMENTS && <p className="dim small">and {trends.length - SEGMENTS} more segments</p>}
      <dl className="facts">
        {Object.entries(rule.params)
          .filter(([name, value]) => !INTERNAL.has(name) && !empty(value))
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="mono">{typeof value === "string" ? value : JSON.stringify(value)}</dd>
            </div>
          ))}
      </dl>
      <div className="actions">
        <Switch dataset={dataset} rule={rule} />
        <Link
          className="button tiny"
          href={`/incidents?status=all&dataset=${encodeURIComponent(dataset)}&rule=${encodeURIComponent(rule.rule)}`}
        >
          Its incidents
        </Link>
      </div>
    </div>
  );
}

function RuleChart({ rule, trend }: { readonly rule: RecordedRule; readonly trend: RuleTrend }) {
  const points = useMemo(
    () => trend.points.map((point) => ({ at: point.at, value: point.value, bad: point.status === "failed" })),
    [trend],
  );
  const shown = useMemo(() => (value: number) => metric(value, rule.type), [rule.type]);
  if (points.filter((point) => point.value !== null).length < 2) {
    return <p className="dim small">Two runs make a trend.</p>;
  }
  return (
    <div>
      {trend.segment !== null && <h3 className="mono">{place(rule.rule, trend.segment)}</h3>}
      <Trend label="metric" points={points} threshold={rule.threshold} shown={shown} height={170} />
    </div>
  );
}

function Switch({ dataset, rule }: { readonly dataset: string; readonly rule: RecordedRule }) {
  const client = useQueryClient();
  const { say, fail } = useNotes();
  const sent = useMutation({
    mutationFn: () => setEnabled(dataset, rule.rule, !rule.enabled),
    onSuccess: async () => {
      say(rule.enabled ? "Disabled: the next runs leave it out." : "Enabled: the next run checks it.");
      await client.invalidateQueries({ queryKey: ["rules"] });
    },
    onError: fail,
  });
  if (!useMay("change")) {
    return null;
  }
  return (
    <button type="button" className="button tiny" disabled={sent.isPending} onClick={() => sent.mutate()}>
      {rule.enabled ? "Disable" : "Enable"}
    </button>
  );
}
