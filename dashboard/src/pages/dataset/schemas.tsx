import { useQuery } from "@tanstack/react-query";
import { schema as readSchema, versions as readVersions } from "../../api/queries";
import type { SchemaVersion } from "../../api/types";
import { Ago } from "../../parts/ago";
import { Card } from "../../parts/card";
import { useFilters } from "../../parts/filters";
import { Empty, Shown } from "../../parts/states";
import { count } from "../../words/numbers";
import { ColumnTable } from "./column_table";
import { SchemaChanges } from "./schema_changes";

/** The versions of a dataset's schema; one shown with its columns and what it changed. */
export function Schemas({ dataset }: { readonly dataset: string }) {
  const query = useQuery(readVersions(dataset));
  return (
    <Shown query={query} lines={6}>
      {(found) => (found.length === 0 ? <NoSchema /> : <Chosen dataset={dataset} versions={found} />)}
    </Shown>
  );
}

interface ChosenProps {
  readonly dataset: string;
  readonly versions: readonly SchemaVersion[];
}

function Chosen({ dataset, versions }: ChosenProps) {
  const [filters] = useFilters();
  const wanted = versions.findIndex((one) => one.version === filters.get("version"));
  const at = Math.max(0, wanted);
  const version = versions[at]?.version ?? "latest";
  const before = versions[at + 1]?.version ?? null;
  return (
    <div className="columns reverse">
      <Versions versions={versions} chosen={version} />
      <div className="stack">
        {before !== null && <SchemaChanges dataset={dataset} before={before} after={version} />}
        <Columns dataset={dataset} version={version} />
      </div>
    </div>
  );
}

function Versions({ versions, chosen }: { readonly versions: readonly SchemaVersion[]; readonly chosen: string }) {
  const [, change] = useFilters();
  return (
    <Card title="Versions" flush>
      <ul className="versions">
        {versions.map((one) => (
          <li key={one.version}>
            <button
              type="button"
              aria-pressed={one.version === chosen}
              onClick={() => change({ version: one.version })}
            >
              <span className="line">
                <strong className="number">{one.version}</strong>
                <span className="dim small">{one.created_at !== null && <Ago time={one.created_at} />}</span>
              </span>
              <span className="dim small">{one.changes || count(one.columns, "column")}</span>
            </button>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Columns({ dataset, version }: { readonly dataset: string; readonly version: string }) {
  const query = useQuery(readSchema(dataset, version));
  return (
    <Card title={`Columns of ${version}`} flush>
      <Shown query={query} lines={6}>
        {(found) => <ColumnTable columns={found.columns} />}
      </Shown>
    </Card>
  );
}

function NoSchema() {
  return (
    <div className="card">
      <Empty icon="datasets" title="No schema is registered">
        <p>A dataset with the key `schema` in the rules file has its columns recorded by each run.</p>
      </Empty>
    </div>
  );
}
