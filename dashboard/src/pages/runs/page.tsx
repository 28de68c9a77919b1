import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { datasets, runs } from "../../api/queries";
import { Card } from "../../parts/card";
import { ChoiceFilter, SelectFilter, useFilters } from "../../parts/filters";
import { Heading } from "../../parts/heading";
import { CheckButton } from "./check_button";
import { RunList } from "./list";
import { Waiting } from "./waiting";

const STATUSES = [
  ["", "All"],
  ["passed", "Passed"],
  ["failed", "Failed"],
  ["error", "Error"],
] as const;
const SINCE = [
  ["", "Any time"],
  ["1d", "24 hours"],
  ["7d", "7 days"],
  ["30d", "30 days"],
] as const;

export function RunsPage() {
  const [filters] = useFilters();
  const [status, dataset, since] = ["status", "dataset", "since"].map((name) => filters.get(name));
  const query = useInfiniteQuery(runs({ status, dataset, since }));
  const known = useQuery(datasets()).data ?? [];
  return (
    <>
      <Heading title="Runs" actions={<CheckButton dataset={null} />}>
        <p className="dim">Every check that was recorded, one row for each dataset</p>
      </Heading>
      <Waiting />
      <div className="filters">
        <ChoiceFilter label="Status" name="status" options={STATUSES} />
        <SelectFilter
          label="Dataset"
          name="dataset"
          options={[["", "Any dataset"], ...known.map((one) => [one.dataset, one.dataset] as const)]}
        />
        <SelectFilter label="Since" name="since" options={SINCE} />
      </div>
      <Card title="Recorded" flush>
        <RunList query={query} named />
      </Card>
    </>
  );
}
