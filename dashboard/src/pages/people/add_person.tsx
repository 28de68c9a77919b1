import { useMutation, useQueryClient } from "@tanstack/react-query";
import { addPerson, type NewPerson } from "../../api/actions";
import type { Role } from "../../api/types";
import { FormDialog } from "../../parts/dialog";
import { Field, Options } from "../../parts/field";
import { useNotes } from "../../parts/notes";
import { Failure } from "../../parts/states";
import { ROLES } from "./roles";

interface AddProps {
  readonly close: () => void;
  readonly first: boolean;
}

export function AddPerson({ close, first }: AddProps) {
  const client = useQueryClient();
  const { say } = useNotes();
  const sent = useMutation({
    mutationFn: addPerson,
    onSuccess: async (_, person) => {
      say(`${person.email} was added.`);
      close();
      await client.invalidateQueries();
    },
  });
  const roles = first ? ROLES.filter(([role]) => role === "owner") : ROLES;
  return (
    <FormDialog
      title="Add a person"
      close={close}
      label="Add"
      busy={sent.isPending}
      error={sent.error !== null && <Failure error={sent.error} />}
      submit={(values) => sent.mutate(personOf(values))}
    >
      <Field label="E-mail address" name="email" type="email" required autoComplete="off" />
      <Field label="Name" hint="optional" name="name" autoComplete="off" />
      <Field
        label="First password"
        hint="they change it under Account"
        name="password"
        type="password"
        required
        autoComplete="new-password"
      />
      <Options name="role" label="Role" options={roles} chosen={first ? "owner" : "viewer"} />
    </FormDialog>
  );
}

function personOf(values: FormData): NewPerson {
  const text = (name: string) => String(values.get(name) ?? "");
  return { email: text("email"), name: text("name"), role: text("role") as Role, password: text("password") };
}
