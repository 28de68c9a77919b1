import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { Query } from "../../api/client";
import { datasets, incidents } from "../../api/queries";
import { ChoiceFilter, SelectFilter, TextFilter, useFilters } from "../../parts/filters";
import { Heading } from "../../parts/heading";
import { Empty, Failure, Loading } from "../../parts/states";
import { count } from "../../words/numbers";
import { IncidentList } from "./list";

const STATUSES = [
  ["", "Unresolved"],
  ["open", "Open"],
  ["acknowledged", "Acknowledged"],
  ["snoozed", "Snoozed"],
  ["resolved", "Resolved"],
  ["all", "All"],
] as const;
const SEVERITIES = [
  ["", "Any severity"],
  ["critical", "Critical"],
  ["warning", "Warning"],
  ["info", "Info"],
] as const;
const SINCE = [
  ["", "Any time"],
  ["1d", "Seen in 24 hours"],
  ["7d", "Seen in 7 days"],
  ["30d", "Seen in 30 days"],
] as const;
const NAMES = ["status", "severity", "dataset", "rule", "assignee", "since", "q"] as const;

export function IncidentsPage() {
  const [filters] = useFilters();
  const wanted: Query = Object.fromEntries(NAMES.map((name) => [name, filters.getAll(name)]));
  const query = useInfiniteQuery(incidents(wanted));
  const found = query.data?.pages.flatMap((page) => page.items);
  return (
    <>
      <Heading title="Incidents">
        <p className="dim">{found === undefined ? "What is wrong" : told(found.length, query.hasNextPage)}</p>
      </Heading>
      <Filters />
      <div className="card">
        {query.error !== null && <Failure error={query.error} again={() => void query.refetch()} />}
        {found === undefined && query.error === null && <Loading lines={8} />}
        {found?.length === 0 && <Nothing filtered={filters.size > 0} />}
        {found !== undefined && found.length > 0 && <IncidentList found={found} query={query} />}
      </div>
    </>
  );
}

function Filters() {
  const known = useQuery(datasets()).data ?? [];
  const names = known.map((one) => [one.dataset, one.dataset] as const);
  return (
    <>
      <div className="filters">
        <ChoiceFilter label="Status" name="status" options={STATUSES} />
      </div>
      <div className="filters">
        <TextFilter label="Search dataset, rule, message" name="q" />
        <SelectFilter label="Severity" name="severity" options={SEVERITIES} />
        <SelectFilter label="Dataset" name="dataset" options={[["", "Any dataset"], ...names]} />
        <SelectFilter label="Seen" name="since" options={SINCE} />
      </div>
    </>
  );
}

function Nothing({ filtered }: { readonly filtered: boolean }) {
  const [, change] = useFilters();
  if (!filtered) {
    return (
      <Empty icon="check" title="Nothing is wrong">
        <p>Every rule passed when it was last checked.</p>
      </Empty>
    );
  }
  const none = Object.fromEntries(NAMES.map((name) => [name, null]));
  return (
    <Empty icon="search" title="No incident is like this">
      <button type="button" className="button" onClick={() => change(none)}>
        Clear the filters
      </button>
    </Empty>
  );
}

const told = (number: number, more: boolean): string => (more ? `the newest ${number}` : count(number, "incident"));
