import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { path } from "../../api/client";
import { checks } from "../../api/queries";
import type { Check } from "../../api/types";
import { Ago } from "../../parts/ago";
import { Badge } from "../../parts/badge";
import { Card } from "../../parts/card";
import { Person } from "../../parts/person";

const RECENT = 10 * 60 * 1000;

/** The checks that were asked for: those that wait or run, and those that ended a moment ago. */
export function Waiting() {
  const found = useQuery(checks()).data?.items ?? [];
  const shown = found.filter((one) => one.ended_at === null || Date.now() - Date.parse(one.ended_at) < RECENT);
  if (shown.length === 0) {
    return null;
  }
  return (
    <Card title="Asked for">
      <ul className="alerts">
        {shown.map((one) => (
          <Row key={one.check} one={one} />
        ))}
      </ul>
    </Card>
  );
}

function Row({ one }: { readonly one: Check }) {
  return (
    <li>
      <Badge word={one.status} /> <strong>{one.dataset ?? "every dataset"}</strong> <Person actor={one.asked_by} />{" "}
      <span className="dim">
        <Ago time={one.ended_at ?? one.started_at ?? one.queued_at} />
      </span>{" "}
      {one.run !== null && <Link href={path("runs", one.run)}>its run</Link>}
      {one.message !== null && <p className="dim small">{one.message}</p>}
    </li>
  );
}
