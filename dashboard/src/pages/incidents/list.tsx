import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import type { Incident } from "../../api/types";
import { More } from "../../parts/more";
import { useKeys } from "../../shell/keys";
import { useMay } from "../../shell/session";
import { type Asked, RespondDialog } from "../incident/respond_dialog";
import { IncidentRow } from "./row";

interface ListProps {
  readonly found: readonly Incident[];
  readonly query: UseInfiniteQueryResult<unknown>;
}

/** The list: by keyboard as by mouse, one incident or several at once. */
export function IncidentList({ found, query }: ListProps) {
  const [current, setCurrent] = useState<number | null>(null);
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const [asked, setAsked] = useState<Asked | null>(null);
  const may = useMay("respond");
  const chosen = found.filter((one) => selected.has(one.incident));
  const about = chosen.length > 0 ? chosen : found.filter((one) => one.incident === current);
  const ask = (what: Asked) => may && about.length > 0 && setAsked(what);
  const toggle = (number: number) => setSelected((before) => toggled(before, number));
  useListKeys(found, current, setCurrent, toggle, ask);
  return (
    <>
      {may && chosen.length > 0 && <Bulk number={chosen.length} ask={setAsked} clear={() => setSelected(new Set())} />}
      <ul className="list">
        {found.map((one) => (
          <IncidentRow key={one.incident} incident={one} current={one.incident === current}>
            {may && (
              <input
                type="checkbox"
                aria-label={`Select incident ${one.incident}`}
                checked={selected.has(one.incident)}
                onChange={() => toggle(one.incident)}
              />
            )}
          </IncidentRow>
        ))}
      </ul>
      <More query={query} />
      {asked !== null && (
        <RespondDialog
          asked={asked}
          incidents={about}
          close={() => setAsked(null)}
          done={() => setSelected(new Set())}
        />
      )}
    </>
  );
}

interface BulkProps {
  readonly number: number;
  readonly ask: (what: Asked) => void;
  readonly clear: () => void;
}

const BULK: readonly (readonly [Asked, string])[] = [
  ["ack", "Acknowledge"],
  ["assign", "Assign"],
  ["snooze", "Snooze"],
  ["resolve", "Resolve"],
];

function Bulk({ number, ask, clear }: BulkProps) {
  return (
    <div className="bulk">
      <strong>{number} selected</strong>
      {BULK.map(([what, label]) => (
        <button key={what} type="button" className="button tiny" onClick={() => ask(what)}>
          {label}
        </button>
      ))}
      <button type="button" className="button plain tiny" onClick={clear}>
        Clear
      </button>
    </div>
  );
}

function useListKeys(
  found: readonly Incident[],
  current: number | null,
  move: (number: number) => void,
  toggle: (number: number) => void,
  ask: (what: Asked) => void,
): void {
  const [, go] = useLocation();
  const step = (by: number) => {
    const at = found.findIndex((one) => one.incident === current);
    const next = found[at === -1 ? 0 : Math.max(0, Math.min(found.length - 1, at + by))];
    if (next !== undefined) {
      move(next.incident);
      const row = document.querySelector(`[data-incident="${next.incident}"]`);
      row?.scrollIntoView({ block: "nearest" });
      row?.querySelector<HTMLElement>("[data-open]")?.focus({ preventScroll: true });
    }
  };
  const about = (action: (number: number) => void) => () => current !== null && action(current);
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    x: about(toggle),
    o: about((number) => go(`/incidents/${number}`)),
    a: () => ask("ack"),
    s: () => ask("snooze"),
    r: () => ask("resolve"),
  });
}

function toggled(before: ReadonlySet<number>, number: number): ReadonlySet<number> {
  const after = new Set(before);
  if (!after.delete(number)) {
    after.add(number);
  }
  return after;
}
