import { useState } from "react";
import type { Sample } from "../../api/types";
import { Card } from "../../parts/card";
import { SampleTable } from "./sample_table";

interface EvidenceProps {
  readonly first: readonly Sample[];
  readonly last: readonly Sample[];
}

/** The failing rows, as the store keeps them: personal data is masked. */
export function Evidence({ first, last }: EvidenceProps) {
  const [shown, setShown] = useState<"last" | "first">("last");
  const same = JSON.stringify(first) === JSON.stringify(last);
  if (first.length === 0 && last.length === 0) {
    return null;
  }
  const choice = (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend of its own
    <div className="choice" role="group" aria-label="Of which run">
      {(["last", "first"] as const).map((one) => (
        <button key={one} type="button" aria-pressed={one === shown} onClick={() => setShown(one)}>
          {one === "last" ? "Last run" : "First run"}
        </button>
      ))}
    </div>
  );
  return (
    <Card title="Failing rows" aside={same ? undefined : choice} flush>
      <SampleTable samples={shown === "last" ? last : first} />
    </Card>
  );
}
