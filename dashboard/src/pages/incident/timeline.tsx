import type { IncidentEvent } from "../../api/types";
import { Ago } from "../../parts/ago";
import { Message } from "../../parts/message";
import { Person } from "../../parts/person";
import { Spark } from "../../parts/spark";
import { kind } from "../../words/changes";
import { count, metric } from "../../words/numbers";

interface TimelineProps {
  readonly events: readonly IncidentEvent[];
  readonly type: string;
}

/** What happened to an incident, the newest first; what was repeated stands once. */
export function Timeline({ events, type }: TimelineProps) {
  return (
    <ol className="timeline">
      {grouped(events)
        .reverse()
        .map((group) => (
          <Entry key={`${group[0]?.at} ${group[0]?.kind}`} group={group} type={type} />
        ))}
    </ol>
  );
}

function Entry({ group, type }: { readonly group: readonly IncidentEvent[]; readonly type: string }) {
  const last = group.at(-1);
  if (last === undefined) {
    return null;
  }
  const values = group.flatMap((event) => (event.metric_value === null ? [] : [event.metric_value]));
  const value = values.at(-1);
  return (
    <li className={last.kind}>
      <div className="line">
        <strong>{kind(last.kind)}</strong>
        {group.length > 1 && <span className="dim">{count(group.length, "time")}</span>}
        {last.reason !== null && <span>as {last.reason.replace("_", " ")}</span>}
        <span className="dim">by</span>
        <Person actor={last.actor} />
        <span className="dim">
          <Ago time={last.at} />
        </span>
        {value !== undefined && <span className="dim number">metric {metric(value, type)}</span>}
        {values.length > 2 && <Spark values={values} label={`metric over ${count(values.length, "run")}`} />}
      </div>
      {last.detail && (
        <p className="said">
          <Message text={last.detail} />
        </p>
      )}
    </li>
  );
}

const REPEATED: ReadonlySet<string> = new Set(["seen", "passed"]);

/** What runs say again and again stands once, with the words of the last one; oldest first. */
function grouped(events: readonly IncidentEvent[]): IncidentEvent[][] {
  const groups: IncidentEvent[][] = [];
  for (const event of events) {
    const before = groups.at(-1)?.[0];
    const same = REPEATED.has(event.kind) && before?.kind === event.kind && before.actor === event.actor;
    if (same) {
      groups.at(-1)?.push(event);
    } else {
      groups.push([event]);
    }
  }
  return groups;
}
