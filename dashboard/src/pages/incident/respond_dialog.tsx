import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type Response, respond } from "../../api/actions";
import { people } from "../../api/queries";
import type { Incident, Reason } from "../../api/types";
import { FormDialog } from "../../parts/dialog";
import { Field, Options } from "../../parts/field";
import { useNotes } from "../../parts/notes";
import { Failure } from "../../parts/states";
import { useMay, useMe } from "../../shell/session";
import { REASONS } from "../../words/changes";
import { count } from "../../words/numbers";

export type Asked = Response["action"];

const TITLES: Readonly<Record<Asked, readonly [title: string, done: string]>> = {
  ack: ["Acknowledge", "acknowledged"],
  assign: ["Assign", "assigned"],
  snooze: ["Snooze", "snoozed"],
  resolve: ["Resolve", "resolved"],
  reopen: ["Reopen", "reopened"],
};

interface RespondProps {
  readonly asked: Asked;
  readonly incidents: readonly Incident[];
  readonly close: () => void;
  readonly done?: () => void;
}

/** Asks for what a response takes, and gives it to all the incidents or to none. */
export function RespondDialog({ asked, incidents, close, done }: RespondProps) {
  const client = useQueryClient();
  const { say } = useNotes();
  const [title, word] = TITLES[asked];
  const named = incidents.length === 1 ? `incident ${incidents[0]?.incident}` : count(incidents.length, "incident");
  const sent = useMutation({
    mutationFn: (response: Response) =>
      respond(
        incidents.map((one) => one.incident),
        response,
      ),
    onSuccess: async () => {
      say(`${named.charAt(0).toUpperCase()}${named.slice(1)} ${word}.`);
      close();
      done?.();
      await Promise.all(["incidents", "datasets", "audit"].map((key) => client.invalidateQueries({ queryKey: [key] })));
    },
  });
  return (
    <FormDialog
      title={`${title} ${named}`}
      close={close}
      label={title}
      busy={sent.isPending}
      error={sent.error !== null && <Failure error={sent.error} />}
      submit={(values) => sent.mutate(responseOf(asked, values))}
    >
      {asked === "assign" && <Assignee incidents={incidents} />}
      {asked === "snooze" && <Until />}
      {asked === "resolve" && <Why />}
      <Comment needed={asked === "ack"} />
    </FormDialog>
  );
}

function Comment({ needed }: { readonly needed: boolean }) {
  return (
    <label className="field">
      <span>
        Comment <span className="hint">{needed ? "what you know, or what you do about it" : "optional"}</span>
      </span>
      <textarea className="input" name="comment" required={needed} maxLength={500} />
    </label>
  );
}

function Assignee({ incidents }: { readonly incidents: readonly Incident[] }) {
  const me = useMe();
  const known = useQuery({ ...people(), enabled: useMay("manage") }).data ?? [];
  return (
    <>
      <Field
        label="Assignee"
        hint="empty: nobody"
        name="assignee"
        list="people"
        autoComplete="off"
        defaultValue={incidents[0]?.assignee ?? (me.open ? "" : me.actor)}
      />
      <datalist id="people">
        {known.map((person) => (
          <option key={person.email} value={person.email}>
            {person.name}
          </option>
        ))}
      </datalist>
    </>
  );
}

const TIMES = [
  ["1h", "1 hour"],
  ["4h", "4 hours"],
  ["1d", "1 day"],
  ["3d", "3 days"],
  ["7d", "1 week"],
] as const;

function Until() {
  return (
    <label className="field">
      <span>
        For <span className="hint">it is open again afterwards, if the rule still fails</span>
      </span>
      <select className="input" name="until" defaultValue="1d">
        {TIMES.map(([value, shown]) => (
          <option key={value} value={value}>
            {shown}
          </option>
        ))}
      </select>
    </label>
  );
}

function Why() {
  const options = Object.entries(REASONS).map(([value, [shown, hint]]) => [value, shown, hint] as const);
  return <Options name="reason" label="Reason" options={options} />;
}

function responseOf(asked: Asked, values: FormData): Response {
  const text = (name: string) => String(values.get(name) ?? "").trim();
  const comment = text("comment");
  const said = comment === "" ? {} : { comment };
  switch (asked) {
    case "ack":
      return { action: asked, comment };
    case "assign":
      return { action: asked, assignee: text("assignee") || null, ...said };
    case "snooze":
      return { action: asked, until: text("until"), ...said };
    case "resolve":
      return { action: asked, reason: text("reason") as Reason, ...said };
    case "reopen":
      return { action: asked, ...said };
  }
}
