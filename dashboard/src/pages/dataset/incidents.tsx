import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { someIncidents } from "../../api/queries";
import { Card } from "../../parts/card";
import { Empty, Shown } from "../../parts/states";
import { IncidentRow } from "../incidents/row";

/** All incidents of a dataset, the newest first. */
export function DatasetIncidents({ dataset }: { readonly dataset: string }) {
  const query = useQuery(someIncidents({ dataset, status: "all", limit: 50 }));
  const all = <Link href={`/incidents?status=all&dataset=${encodeURIComponent(dataset)}`}>Filter and search</Link>;
  return (
    <Card title="Incidents" aside={all} flush>
      <Shown query={query}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty icon="check" title="This dataset never had an incident" />
          ) : (
            <ul className="list">
              {page.items.map((one) => (
                <IncidentRow key={one.incident} incident={one} />
              ))}
            </ul>
          )
        }
      </Shown>
    </Card>
  );
}
