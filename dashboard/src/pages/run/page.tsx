import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { path } from "../../api/client";
import { run as readRun } from "../../api/queries";
import type { CheckedDataset, RunResult, WholeRun } from "../../api/types";
import { Ago } from "../../parts/ago";
import { Badge, Score } from "../../parts/badge";
import { Card } from "../../parts/card";
import { Heading } from "../../parts/heading";
import { PageOf } from "../../parts/page_of";
import { Person } from "../../parts/person";
import { Empty } from "../../parts/states";
import { count, integer, metric } from "../../words/numbers";
import { place, typeOf } from "../../words/rules";
import { exact } from "../../words/time";

export function RunPage({ id }: { readonly id: string }) {
  const query = useQuery(readRun(id));
  return (
    <PageOf query={query} title="Run" crumb={["/runs", "Runs"]}>
      {(found) => <Whole found={found} />}
    </PageOf>
  );
}

function Whole({ found }: { readonly found: WholeRun }) {
  return (
    <>
      <Heading
        title={`Run of ${exact(found.at)}`}
        crumb={["/runs", "Runs"]}
        shown={
          <>
            Run of {exact(found.at)} <Badge word={found.status} />
          </>
        }
      >
        <p className="dim facts-line">
          <span>{count(found.datasets.length, "dataset")}</span>
          <Person actor={found.actor} />
          <Ago time={found.at} />
          <code>{found.run}</code>
        </p>
      </Heading>
      {found.datasets.map((one) => (
        <Checked key={one.dataset} one={one} />
      ))}
    </>
  );
}

const ORDER = ["failed", "error", "inconclusive", "skipped", "passed"];

function Checked({ one }: { readonly one: CheckedDataset }) {
  const results = [...one.results].sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status));
  const aside = (
    <span className="facts-line">
      <Link href={path("datasets", one.dataset)}>dataset</Link>
      {one.rows !== null && <span className="dim">{count(one.rows, "row")}</span>}
      <Score value={one.score} />
      <Badge word={one.status} />
    </span>
  );
  return (
    <Card title={one.dataset} aside={aside} flush>
      {results.length === 0 ? (
        <Empty icon="incidents" title="No rule was judged" />
      ) : (
        <div className="scroll">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Status</th>
                <th scope="col">Rule</th>
                <th scope="col" className="right">
                  Metric
                </th>
                <th scope="col" className="right roomy">
                  Failed rows
                </th>
              </tr>
            </thead>
            <tbody>
              {results.map((result) => (
                <Row key={place(result.rule, result.segment)} dataset={one.dataset} result={result} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

function Row({ dataset, result }: { readonly dataset: string; readonly result: RunResult }) {
  return (
    <tr>
      <td>
        <Badge word={result.status} />
      </td>
      <th scope="row">
        <Link href={`${path("datasets", dataset)}?rule=${encodeURIComponent(result.rule)}`}>
          <code>{place(result.rule, result.segment)}</code>
        </Link>
      </th>
      <td className="right number">{result.value === null ? "–" : metric(result.value, typeOf(result.rule))}</td>
      <td className="right number roomy">
        {result.rows_failed === null || result.rows_evaluated === null
          ? "–"
          : `${integer(result.rows_failed)} of ${integer(result.rows_evaluated)}`}
      </td>
    </tr>
  );
}
