import type { Severity } from "../api/types";
import { grade, score } from "../words/numbers";

/** A word with the colour of what it means. */
export function Badge({ word }: { readonly word: string }) {
  return <span className={`badge ${word}`}>{word}</span>;
}

const WORST_FIRST: readonly Severity[] = ["critical", "warning", "info"];

/** How many incidents there are of each severity. */
export function Tally({ counts }: { readonly counts: Readonly<Record<Severity, number>> }) {
  const present = WORST_FIRST.filter((severity) => counts[severity] > 0);
  if (present.length === 0) {
    return <span className="dim">none</span>;
  }
  return (
    <span className="tally">
      {present.map((severity) => (
        <span key={severity} className={`badge ${severity}`}>
          {counts[severity]} {severity}
        </span>
      ))}
    </span>
  );
}

/** A data quality score, 0 to 100. */
export function Score({ value }: { readonly value: number | null }) {
  if (value === null) {
    return <span className="dim">no score</span>;
  }
  return <span className={`score ${grade(value)}`}>{score(value)}</span>;
}
