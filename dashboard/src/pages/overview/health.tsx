import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { path } from "../../api/client";
import { scores } from "../../api/queries";
import type { Dataset, DayScore } from "../../api/types";
import { Ago } from "../../parts/ago";
import { Badge, Score, Tally } from "../../parts/badge";
import { Card } from "../../parts/card";
import { Strip } from "../../parts/strip";

const DAYS = 30;
const SHOWN = 12;
const NONE: readonly DayScore[] = [];

/** The score of each dataset over time, the worst first. */
export function Health({ known }: { readonly known: readonly Dataset[] }) {
  const query = useQuery(scores(`${DAYS}d`));
  const byDataset = new Map(query.data?.datasets.map((one) => [one.dataset, one.scores]));
  const until = query.data?.until ?? new Date().toISOString();
  const shown = ordered(known).slice(0, SHOWN);
  return (
    <Card title="Score by dataset" aside={<span className="dim small">{DAYS} days, to today</span>} flush>
      <div className="scroll">
        <table className="table health">
          <thead>
            <tr>
              <th scope="col">Dataset</th>
              <th scope="col">Score over time</th>
              <th scope="col" className="right">
                Now
              </th>
              <th scope="col" className="roomy">
                Unresolved
              </th>
              <th scope="col" className="roomy">
                Checked
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((one) => (
              <Row key={one.dataset} one={one} scores={byDataset.get(one.dataset) ?? NONE} until={until} />
            ))}
          </tbody>
        </table>
      </div>
      {known.length > SHOWN && (
        <p className="rest">
          <Link href="/datasets">All {known.length} datasets</Link>
        </p>
      )}
    </Card>
  );
}

interface RowProps {
  readonly one: Dataset;
  readonly scores: readonly DayScore[];
  readonly until: string;
}

function Row({ one, scores: days, until }: RowProps) {
  return (
    <tr>
      <th scope="row">
        <Link href={path("datasets", one.dataset)} className="strong">
          {one.dataset}
        </Link>
        {one.last_run !== null && one.last_run.status !== "passed" && <Badge word={one.last_run.status} />}
      </th>
      <td>
        <Strip scores={days} days={DAYS} until={until} />
      </td>
      <td className="right">
        <Score value={one.last_run?.score ?? null} />
      </td>
      <td className="roomy">
        <Tally counts={one.incidents} />
      </td>
      <td className="dim roomy">{one.last_run === null ? "never" : <Ago time={one.last_run.at} />}</td>
    </tr>
  );
}

function ordered(known: readonly Dataset[]): readonly Dataset[] {
  return [...known].sort(
    (one, other) =>
      (one.last_run?.score ?? 101) - (other.last_run?.score ?? 101) || one.dataset.localeCompare(other.dataset),
  );
}
