import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { path } from "../../api/client";
import { datasets } from "../../api/queries";
import type { Dataset } from "../../api/types";
import { Ago } from "../../parts/ago";
import { Badge, Score, Tally } from "../../parts/badge";
import { TextFilter, useFilters } from "../../parts/filters";
import { Heading } from "../../parts/heading";
import { Empty, Shown } from "../../parts/states";
import { count, integer } from "../../words/numbers";
import { NothingChecked } from "../overview/empty";

export function DatasetsPage() {
  const query = useQuery(datasets());
  return (
    <>
      <Heading title="Datasets">
        <p className="dim">
          {query.data === undefined ? "All data that was checked" : count(query.data.length, "dataset")}
        </p>
      </Heading>
      <Shown query={query} lines={8}>
        {(known) => (known.length === 0 ? <NothingChecked /> : <Found known={known} />)}
      </Shown>
    </>
  );
}

function Found({ known }: { readonly known: readonly Dataset[] }) {
  const [filters] = useFilters();
  const wanted = (filters.get("q") ?? "").toLowerCase();
  const found = known.filter((one) =>
    [one.dataset, one.description, one.owner].some((text) => text?.toLowerCase().includes(wanted)),
  );
  return (
    <>
      <div className="filters">
        <TextFilter label="Search by name, description or owner" name="q" />
      </div>
      <div className="card">
        {found.length === 0 ? (
          <Empty icon="search" title="No dataset is like this" />
        ) : (
          <div className="scroll">
            <DatasetTable found={found} />
          </div>
        )}
      </div>
    </>
  );
}

function DatasetTable({ found }: { readonly found: readonly Dataset[] }) {
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">Dataset</th>
          <th scope="col">Last check</th>
          <th scope="col" className="right">
            Score
          </th>
          <th scope="col" className="right roomy">
            Rows
          </th>
          <th scope="col">Unresolved</th>
          <th scope="col" className="roomy">
            Schema
          </th>
          <th scope="col" className="roomy">
            Owner
          </th>
        </tr>
      </thead>
      <tbody>
        {found.map((one) => (
          <Row key={one.dataset} one={one} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ one }: { readonly one: Dataset }) {
  const last = one.last_run;
  return (
    <tr>
      <th scope="row">
        <Link href={path("datasets", one.dataset)} className="strong">
          {one.dataset}
        </Link>
        {one.removed_at !== null && <Badge word="removed" />}
        {one.description !== null && <div className="dim small about">{one.description}</div>}
      </th>
      <td className="nowrap">
        {last === null ? (
          <span className="dim">never</span>
        ) : (
          <>
            <Badge word={last.status} />{" "}
            <span className="dim roomy">
              <Ago time={last.at} />
            </span>
          </>
        )}
      </td>
      <td className="right">
        <Score value={last?.score ?? null} />
      </td>
      <td className="right number roomy">{last?.rows == null ? "–" : integer(last.rows)}</td>
      <td>
        <Tally counts={one.incidents} />
      </td>
      <td className="number roomy">{one.schema_version ?? "–"}</td>
      <td className="dim roomy">{one.owner ?? "–"}</td>
    </tr>
  );
}
