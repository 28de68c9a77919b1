import { useState } from "react";
import type { Incident } from "../../api/types";
import { Icon, type IconName } from "../../parts/icon";
import { useKeys } from "../../shell/keys";
import { useMay } from "../../shell/session";
import { type Asked, RespondDialog } from "./respond_dialog";

interface Action {
  readonly asked: Asked;
  readonly label: string;
  readonly icon: IconName;
  readonly key: string;
}

const ACK: Action = { asked: "ack", label: "Acknowledge", icon: "check", key: "a" };
const ASSIGN: Action = { asked: "assign", label: "Assign", icon: "person", key: "m" };
const SNOOZE: Action = { asked: "snooze", label: "Snooze", icon: "clock", key: "s" };
const RESOLVE: Action = { asked: "resolve", label: "Resolve", icon: "check", key: "r" };
const REOPEN: Action = { asked: "reopen", label: "Reopen", icon: "reopen", key: "r" };

const BY_STATUS: Readonly<Record<Incident["status"], readonly Action[]>> = {
  open: [ACK, ASSIGN, SNOOZE, RESOLVE],
  acknowledged: [RESOLVE, ASSIGN, SNOOZE],
  snoozed: [RESOLVE, ACK, ASSIGN, SNOOZE],
  resolved: [REOPEN],
};

/** What can be done with an incident where it is; the first is the usual next step. */
export function Actions({ incident }: { readonly incident: Incident }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const may = useMay("respond");
  const actions = may ? BY_STATUS[incident.status] : [];
  useKeys(Object.fromEntries(actions.map((action) => [action.key, () => setAsked(action.asked)])));
  if (!may) {
    return <span className="dim small">Your role may read incidents, and not respond to them.</span>;
  }
  return (
    <>
      {actions.map((action, at) => (
        <button
          key={action.asked}
          type="button"
          className={at === 0 ? "button main" : "button"}
          onClick={() => setAsked(action.asked)}
        >
          <Icon name={action.icon} size={16} />
          {action.label}
          <kbd>{action.key}</kbd>
        </button>
      ))}
      {asked !== null && <RespondDialog asked={asked} incidents={[incident]} close={() => setAsked(null)} />}
    </>
  );
}
