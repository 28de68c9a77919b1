import { useEffect } from "react";
import type { ServerStatus } from "../../api/types";
import { Brand } from "../../shell/brand";

interface WelcomeProps {
  readonly status: ServerStatus;
  readonly again: () => void;
}

/** What to do next where there is no store, or none that answers. */
export function WelcomePage({ status, again }: WelcomeProps) {
  useEffect(() => {
    document.title = "idqp";
  }, []);
  return (
    <main className="alone">
      <div className="card welcome">
        <div className="brand">
          <Brand />
          idqp
        </div>
        {status.store === "none" ? <First next={status.next} /> : <Unavailable next={status.next} again={again} />}
      </div>
    </main>
  );
}

function First({ next }: { readonly next: string | null }) {
  return (
    <>
      <h1>The server runs. Now check some data.</h1>
      <p className="dim">
        {next ?? "There is no store yet. The first check makes it."} This page opens by itself when the first run is
        recorded.
      </p>
      <ol className="steps">
        <li>
          <strong>Write rules that fit your data.</strong>
          <pre>idqp init data/orders.csv</pre>
        </li>
        <li>
          <strong>Check it.</strong> What is wrong becomes incidents.
          <pre>idqp check</pre>
        </li>
        <li>
          <strong>Add people</strong>, when others should see and respond.
          <pre>idqp user add you@example.com --role owner</pre>
        </li>
      </ol>
    </>
  );
}

function Unavailable({ next, again }: { readonly next: string | null; readonly again: () => void }) {
  return (
    <>
      <h1>The store does not answer</h1>
      <p className="dim">{next ?? "The server runs, and cannot reach its store."}</p>
      <div className="actions">
        <button type="button" className="button main" onClick={again}>
          Try again
        </button>
      </div>
    </>
  );
}
