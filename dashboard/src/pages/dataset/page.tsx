import { useQuery } from "@tanstack/react-query";
import { dataset as readDataset } from "../../api/queries";
import type { Dataset } from "../../api/types";
import { Ago } from "../../parts/ago";
import { Badge, Score, Tally } from "../../parts/badge";
import { Heading } from "../../parts/heading";
import { PageOf } from "../../parts/page_of";
import { count } from "../../words/numbers";
import { CheckButton } from "../runs/check_button";
import { Distributions } from "./distributions";
import { DatasetIncidents } from "./incidents";
import { Metrics } from "./metrics";
import { Rules } from "./rules";
import { DatasetRuns } from "./runs";
import { Schemas } from "./schemas";
import { ScoreOverTime } from "./score";
import { Tabs, useTab } from "./tabs";

export function DatasetPage({ name }: { readonly name: string }) {
  const query = useQuery(readDataset(name));
  return (
    <PageOf query={query} title={name} crumb={["/datasets", "Datasets"]}>
      {(found) => <Whole found={found} />}
    </PageOf>
  );
}

function Whole({ found }: { readonly found: Dataset }) {
  const last = found.last_run;
  return (
    <>
      <Heading
        title={found.dataset}
        crumb={["/datasets", "Datasets"]}
        shown={
          <>
            {found.dataset} {last !== null && <Badge word={last.status} />}
            {found.removed_at !== null && <Badge word="removed" />}
          </>
        }
        actions={<CheckButton dataset={found.dataset} />}
      >
        {found.description !== null && <p>{found.description}</p>}
        <p className="dim facts-line">
          {last === null ? <span>never checked</span> : <Last last={last} />}
          {found.owner !== null && <span>owner {found.owner}</span>}
          {found.schema_version !== null && <span>schema {found.schema_version}</span>}
          <span>
            unresolved: <Tally counts={found.incidents} />
          </span>
        </p>
      </Heading>
      <ScoreOverTime dataset={found.dataset} />
      <Tabs />
      <Tab name={found.dataset} />
    </>
  );
}

function Last({ last }: { readonly last: NonNullable<Dataset["last_run"]> }) {
  return (
    <>
      <span>
        score <Score value={last.score} />
      </span>
      {last.rows !== null && <span>{count(last.rows, "row")}</span>}
      <span>
        checked <Ago time={last.at} />
      </span>
    </>
  );
}

function Tab({ name }: { readonly name: string }) {
  const tab = useTab();
  switch (tab) {
    case "metrics":
      return <Metrics dataset={name} />;
    case "distributions":
      return <Distributions dataset={name} />;
    case "runs":
      return <DatasetRuns dataset={name} />;
    case "schema":
      return <Schemas dataset={name} />;
    case "incidents":
      return <DatasetIncidents dataset={name} />;
    default:
      return <Rules dataset={name} />;
  }
}
