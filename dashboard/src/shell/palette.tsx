import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useState } from "react";
import { useLocation } from "wouter";
import { path } from "../api/client";
import { datasets } from "../api/queries";
import { Dialog } from "../parts/dialog";
import { LINKS } from "./links";

interface Goal {
  readonly name: string;
  readonly kind: string;
  readonly href: string;
}

const MOST = 9;

/** Go anywhere by typing a part of its name. */
export function Palette({ close }: { readonly close: () => void }) {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const [, go] = useLocation();
  const goals = useGoals(text);
  const open = (goal: Goal | undefined) => {
    if (goal !== undefined) {
      close();
      go(goal.href);
    }
  };
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setChosen(Math.max(0, Math.min(goals.length - 1, chosen + step)));
    } else if (event.key === "Enter") {
      event.preventDefault();
      open(goals[chosen]);
    }
  };
  return (
    <Dialog title="Go to" close={close} quiet>
      <div className="palette">
        <input
          className="input"
          placeholder="Go to a page, a dataset, or the number of an incident"
          aria-label="Go to"
          role="combobox"
          aria-expanded="true"
          aria-controls="goals"
          aria-activedescendant={goals.length > 0 ? `goal-${chosen}` : undefined}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setChosen(0);
          }}
          onKeyDown={press}
        />
        <div id="goals" role="listbox" aria-label="Places">
          {goals.map((goal, at) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are pressed in the field above
            <div
              key={goal.href}
              id={`goal-${at}`}
              role="option"
              tabIndex={-1}
              aria-selected={at === chosen}
              onClick={() => open(goal)}
            >
              <span>{goal.name}</span>
              <span className="dim small">{goal.kind}</span>
            </div>
          ))}
        </div>
        {goals.length === 0 && <p className="dim">Nothing has this name.</p>}
      </div>
    </Dialog>
  );
}

function useGoals(text: string): readonly Goal[] {
  const known = useQuery(datasets()).data ?? [];
  const wanted = text.trim().toLowerCase();
  const number = /^#?(\d+)$/.exec(wanted)?.[1];
  const goals: Goal[] = [
    ...LINKS.map((link) => ({ name: link.name, kind: "page", href: link.href })),
    { name: "Account", kind: "page", href: "/account" },
    ...known.map((one) => ({ name: one.dataset, kind: "dataset", href: path("datasets", one.dataset) })),
  ].filter((goal) => goal.name.toLowerCase().includes(wanted));
  const incident =
    number === undefined ? [] : [{ name: `Incident ${number}`, kind: "incident", href: `/incidents/${number}` }];
  return [...incident, ...goals].slice(0, MOST);
}
