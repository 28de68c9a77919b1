import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { disable, setPassword, setRole, unlock } from "../../api/actions";
import type { Person, Role } from "../../api/types";
import { Ago } from "../../parts/ago";
import { Badge } from "../../parts/badge";
import { FormDialog } from "../../parts/dialog";
import { Field } from "../../parts/field";
import { useNotes } from "../../parts/notes";
import { Failure } from "../../parts/states";
import { ROLES } from "./roles";

type Asked = "none" | "disable" | "password";

export function PersonRow({ person }: { readonly person: Person }) {
  const [asked, setAsked] = useState<Asked>("none");
  const role = useChange((next: Role) => setRole(person.email, next), `${person.email} has another role.`);
  const unlocked = useChange(() => unlock(person.email), `${person.email} may log in again.`);
  const close = () => setAsked("none");
  return (
    <tr>
      <th scope="row">
        {person.name || person.email} {person.status !== "active" && <Badge word={person.status} />}
        {person.name && <div className="dim small">{person.email}</div>}
      </th>
      <td>
        <select
          className="input small-input"
          aria-label={`Role of ${person.email}`}
          value={person.role}
          disabled={role.isPending || person.status === "disabled"}
          onChange={(event) => role.mutate(event.target.value as Role)}
        >
          {ROLES.map(([value, shown]) => (
            <option key={value} value={value}>
              {shown}
            </option>
          ))}
        </select>
      </td>
      <td className="dim roomy">
        <Ago time={person.created_at} />
      </td>
      <td>
        <div className="actions end">
          {person.status === "locked" && (
            <button type="button" className="button tiny" onClick={() => unlocked.mutate(undefined)}>
              Unlock
            </button>
          )}
          {person.status !== "disabled" && (
            <>
              <button type="button" className="button tiny" onClick={() => setAsked("password")}>
                New password
              </button>
              <button type="button" className="button tiny danger" onClick={() => setAsked("disable")}>
                Disable
              </button>
            </>
          )}
        </div>
        {asked === "disable" && <Disable email={person.email} close={close} />}
        {asked === "password" && <NewPassword email={person.email} close={close} />}
      </td>
    </tr>
  );
}

interface AskedProps {
  readonly email: string;
  readonly close: () => void;
}

function Disable({ email, close }: AskedProps) {
  const sent = useChange(() => disable(email), `${email} is disabled.`, close);
  return (
    <FormDialog
      title={`Disable ${email}`}
      close={close}
      label="Disable"
      busy={sent.isPending}
      error={sent.error !== null && <Failure error={sent.error} />}
      submit={() => sent.mutate(undefined)}
    >
      <p>They are logged out at once and cannot log in again. What they did stays in the audit log.</p>
    </FormDialog>
  );
}

function NewPassword({ email, close }: AskedProps) {
  const sent = useChange((next: string) => setPassword(email, next), `${email} has a new password.`, close);
  return (
    <FormDialog
      title={`New password for ${email}`}
      close={close}
      label="Set"
      busy={sent.isPending}
      error={sent.error !== null && <Failure error={sent.error} />}
      submit={(values) => sent.mutate(String(values.get("password")))}
    >
      <Field label="Password" name="password" type="password" required autoComplete="new-password" />
    </FormDialog>
  );
}

function useChange<T>(change: (value: T) => Promise<unknown>, done: string, close?: () => void) {
  const client = useQueryClient();
  const { say, fail } = useNotes();
  return useMutation({
    mutationFn: change,
    onSuccess: async () => {
      say(done);
      close?.();
      await client.invalidateQueries({ queryKey: ["people"] });
    },
    onError: (error) => close === undefined && fail(error),
  });
}
