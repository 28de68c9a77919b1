import { Link } from "wouter";
import { useFilters } from "../../parts/filters";

const TABS = [
  ["", "Rules"],
  ["metrics", "Metrics"],
  ["distributions", "Distributions"],
  ["runs", "Runs"],
  ["schema", "Schema"],
  ["incidents", "Incidents"],
] as const;

/** The chosen part of a dataset's page; it stands in the address. */
export const useTab = (): string => useFilters()[0].get("tab") ?? "";

export function Tabs() {
  const tab = useTab();
  return (
    <nav className="tabs" aria-label="Parts of the dataset">
      {TABS.map(([value, label]) => (
        <Link
          key={value}
          href={window.location.pathname + (value === "" ? "" : `?tab=${value}`)}
          aria-current={value === tab ? "page" : undefined}
        >
          {label}
        </Link>
      ))}
    </nav>
  );
}
