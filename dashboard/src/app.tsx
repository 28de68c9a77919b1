import { Route, Switch } from "wouter";
import { usePathname } from "wouter/use-browser-location";
import { AccountPage } from "./pages/account/page";
import { AuditPage } from "./pages/audit/page";
import { DatasetPage } from "./pages/dataset/page";
import { DatasetsPage } from "./pages/datasets/page";
import { IncidentPage } from "./pages/incident/page";
import { IncidentsPage } from "./pages/incidents/page";
import { LoginPage } from "./pages/login/page";
import { MissingPage } from "./pages/missing/page";
import { OverviewPage } from "./pages/overview/page";
import { PeoplePage } from "./pages/people/page";
import { RunPage } from "./pages/run/page";
import { RunsPage } from "./pages/runs/page";
import { WelcomePage } from "./pages/welcome/page";
import { Failure } from "./parts/states";
import { Session } from "./shell/session";
import { Shell } from "./shell/shell";

export function App() {
  return (
    <Session
      waiting={<main className="alone" aria-busy="true" />}
      failed={(error, again) => (
        <main className="alone">
          <h1 className="unseen">idqp</h1>
          <Failure error={error} again={again} />
        </main>
      )}
      without={(status, again) => <WelcomePage status={status} again={again} />}
      login={(status, entered) => <LoginPage status={status} entered={entered} />}
    >
      <Shell>
        <Pages />
      </Shell>
    </Session>
  );
}

function Pages() {
  const named = useSecondPiece();
  return (
    <Switch>
      <Route path="/">
        <OverviewPage />
      </Route>
      <Route path="/datasets">
        <DatasetsPage />
      </Route>
      <Route path="/datasets/:name">
        <DatasetPage key={named} name={named} />
      </Route>
      <Route path="/incidents">
        <IncidentsPage />
      </Route>
      <Route path={/^\/incidents\/\d+$/}>
        <IncidentPage key={named} number={Number(named)} />
      </Route>
      <Route path="/runs">
        <RunsPage />
      </Route>
      <Route path="/runs/:id">
        <RunPage key={named} id={named} />
      </Route>
      <Route path="/audit">
        <AuditPage />
      </Route>
      <Route path="/people">
        <PeoplePage />
      </Route>
      <Route path="/account">
        <AccountPage />
      </Route>
      <Route>
        <MissingPage />
      </Route>
    </Switch>
  );
}

/** What a page is about: the second piece of the address, decoded once; a dataset's name may hold any character. */
function useSecondPiece(): string {
  const piece = usePathname().split("/")[2] ?? "";
  try {
    return decodeURIComponent(piece);
  } catch {
    return piece;
  }
}
