import { Empty } from "../../parts/states";

/** The store is there, and nothing has been checked yet. */
export function NothingChecked() {
  return (
    <div className="card">
      <Empty icon="datasets" title="Nothing has been checked yet">
        <p>Write rules for a file, then check it. It appears here as soon as the check is done.</p>
        <pre>
          {"idqp init orders.csv\n"}
          {"idqp check"}
        </pre>
      </Empty>
    </div>
  );
}
