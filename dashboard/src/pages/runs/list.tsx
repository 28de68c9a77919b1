import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import { Link } from "wouter";
import { path } from "../../api/client";
import type { Page, Run } from "../../api/types";
import { Ago } from "../../parts/ago";
import { Badge, Score } from "../../parts/badge";
import { More } from "../../parts/more";
import { Person } from "../../parts/person";
import { Empty, Failure, Loading } from "../../parts/states";
import { integer } from "../../words/numbers";

interface RunListProps {
  readonly query: UseInfiniteQueryResult<InfiniteData<Page<Run>>>;
  readonly named: boolean;
}

/** Runs, the newest first; `named` says that they are of several datasets. */
export function RunList({ query, named }: RunListProps) {
  if (query.error !== null && query.data === undefined) {
    return <Failure error={query.error} again={() => void query.refetch()} />;
  }
  if (query.data === undefined) {
    return <Loading lines={8} />;
  }
  const found = query.data.pages.flatMap((page) => page.items);
  if (found.length === 0) {
    return <Empty icon="runs" title="No run is like this" />;
  }
  return (
    <>
      <div className="scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Run</th>
              {named && <th scope="col">Dataset</th>}
              <th scope="col">Status</th>
              <th scope="col" className="right">
                Score
              </th>
              <th scope="col" className="right roomy">
                Rows
              </th>
              <th scope="col" className="roomy">
                By
              </th>
            </tr>
          </thead>
          <tbody>
            {found.map((one) => (
              <Row key={one.id} one={one} named={named} />
            ))}
          </tbody>
        </table>
      </div>
      <More query={query} />
    </>
  );
}

function Row({ one, named }: { readonly one: Run; readonly named: boolean }) {
  return (
    <tr>
      <td>
        <Link href={path("runs", one.run)}>
          <Ago time={one.at} />
        </Link>
      </td>
      {named && (
        <th scope="row">
          <Link href={path("datasets", one.dataset)} className="strong">
            {one.dataset}
          </Link>
        </th>
      )}
      <td>
        <Badge word={one.status} />
      </td>
      <td className="right">
        <Score value={one.score} />
      </td>
      <td className="right number roomy">{one.rows === null ? "–" : integer(one.rows)}</td>
      <td className="roomy">
        <Person actor={one.actor} />
      </td>
    </tr>
  );
}
