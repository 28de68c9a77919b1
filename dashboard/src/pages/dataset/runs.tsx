import { useInfiniteQuery } from "@tanstack/react-query";
import { runs } from "../../api/queries";
import { Card } from "../../parts/card";
import { RunList } from "../runs/list";

export function DatasetRuns({ dataset }: { readonly dataset: string }) {
  const query = useInfiniteQuery(runs({ dataset }));
  return (
    <Card title="Runs" flush>
      <RunList query={query} named={false} />
    </Card>
  );
}
