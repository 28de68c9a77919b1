import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { scores } from "../../api/queries";
import { Trend } from "../../chart/lazy";
import { Card } from "../../parts/card";
import { score } from "../../words/numbers";

const WHOLE: readonly [number, number] = [0, 104];

/** The dataset's score over the last days. */
export function ScoreOverTime({ dataset }: { readonly dataset: string }) {
  const found = useQuery(scores("90d")).data;
  const points = useMemo(
    () =>
      found?.datasets
        .find((one) => one.dataset === dataset)
        ?.scores.map((one) => ({ at: `${one.day}T12:00:00Z`, value: one.score, bad: false })) ?? [],
    [found, dataset],
  );
  if (points.length < 2) {
    return null;
  }
  return (
    <Card title="Score" aside={<span className="dim small">mean of each day, 90 days</span>}>
      <Trend label="score" points={points} limits={WHOLE} height={150} shown={score} />
    </Card>
  );
}
