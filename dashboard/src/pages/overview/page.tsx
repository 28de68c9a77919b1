import { useQuery } from "@tanstack/react-query";
import { datasets } from "../../api/queries";
import type { Dataset } from "../../api/types";
import { Heading } from "../../parts/heading";
import { Shown } from "../../parts/states";
import { count } from "../../words/numbers";
import { weekday } from "../../words/time";
import { NothingChecked } from "./empty";
import { Figures } from "./figures";
import { Health } from "./health";
import { Today } from "./today";
import { Urgent } from "./urgent";

export function OverviewPage() {
  const query = useQuery(datasets());
  return (
    <>
      <Heading title="Overview">
        <p className="dim">
          {weekday(Date.now())}
          {query.data !== undefined && query.data.length > 0 && ` · ${summary(query.data)}`}
        </p>
      </Heading>
      <Shown query={query} lines={8}>
        {(known) => (known.length === 0 ? <NothingChecked /> : <Whole known={known} />)}
      </Shown>
    </>
  );
}

function Whole({ known }: { readonly known: readonly Dataset[] }) {
  return (
    <>
      <Figures known={known} />
      <div className="columns">
        <div className="stack">
          <Health known={known} />
          <Urgent />
        </div>
        <Today />
      </div>
    </>
  );
}

function summary(known: readonly Dataset[]): string {
  const wrong = known.filter((one) => one.last_run !== null && one.last_run.status !== "passed").length;
  const all = count(known.length, "dataset");
  return wrong === 0 ? `${all}, none failing` : `${wrong} of ${all} failing`;
}
