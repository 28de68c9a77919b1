import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { review } from "../../api/queries";
import type { Dataset, Severity, Times } from "../../api/types";
import { Score } from "../../parts/badge";
import { integer } from "../../words/numbers";
import { duration, sameDay } from "../../words/time";

/** The numbers that say at a glance how things are. */
export function Figures({ known }: { readonly known: readonly Dataset[] }) {
  const scores = known.flatMap((one) => (one.last_run?.score == null ? [] : [one.last_run.score]));
  const mean = scores.length === 0 ? null : scores.reduce((sum, one) => sum + one, 0) / scores.length;
  const checked = known.filter((one) => one.last_run !== null && sameDay(one.last_run.at, Date.now())).length;
  return (
    <div className="figures">
      <div className="figure">
        <span className="name">Data quality score</span>
        <span className="value">
          <Score value={mean} />
        </span>
        <span className="more">mean of the last checks, of 100</span>
      </div>
      <OpenIncidents known={known} />
      <Link className="figure" href="/runs">
        <span className="name">Checked today</span>
        <span className="value">
          {integer(checked)} <small className="dim">of {integer(known.length)}</small>
        </span>
        <span className="more">datasets</span>
      </Link>
      <TimeToAcknowledge />
    </div>
  );
}

const SEVERITIES: readonly Severity[] = ["critical", "warning", "info"];

function OpenIncidents({ known }: { readonly known: readonly Dataset[] }) {
  const counts = SEVERITIES.map(
    (severity) => [severity, known.reduce((sum, one) => sum + one.incidents[severity], 0)] as const,
  );
  const all = counts.reduce((sum, [, number]) => sum + number, 0);
  return (
    <div className="figure">
      <span className="name">Unresolved incidents</span>
      <span className="value">{integer(all)}</span>
      {all > 0 && (
        <span className="bar" aria-hidden="true">
          {counts.map(
            ([severity, number]) => number > 0 && <Part key={severity} severity={severity} share={number / all} />,
          )}
        </span>
      )}
      <span className="more tally">
        {all === 0 && "nothing is wrong"}
        {counts.map(
          ([severity, number]) =>
            number > 0 && (
              <Link key={severity} href={`/incidents?severity=${severity}`} className={`badge ${severity}`}>
                {integer(number)} {severity}
              </Link>
            ),
        )}
      </span>
    </div>
  );
}

function Part({ severity, share }: { readonly severity: Severity; readonly share: number }) {
  return <i className={`mark ${severity}`} style={{ flexGrow: share }} />;
}

function TimeToAcknowledge() {
  const query = useQuery(review("30d"));
  if (query.data === undefined) {
    return null;
  }
  return (
    <div className="figure">
      <span className="name">Time to acknowledge</span>
      <span className="value">{mean(query.data.time_to_acknowledge)}</span>
      <span className="more">mean of 30 days; to resolve {mean(query.data.time_to_resolve)}</span>
    </div>
  );
}

const mean = (times: Times): string => (times.mean === null ? "–" : duration(times.mean));
