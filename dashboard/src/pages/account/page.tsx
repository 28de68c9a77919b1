import { useMutation } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { changeOwnPassword } from "../../api/actions";
import { logOut } from "../../api/token";
import { Card } from "../../parts/card";
import { Field } from "../../parts/field";
import { Heading } from "../../parts/heading";
import { Icon } from "../../parts/icon";
import { useNotes } from "../../parts/notes";
import { Failure } from "../../parts/states";
import { useMe } from "../../shell/session";

export function AccountPage() {
  const me = useMe();
  if (me.open) {
    return (
      <>
        <Heading title="Account" />
        <Card title="This store is open">
          <p>Nobody has an account, and everyone may do everything. To close the store, add the first Owner:</p>
          <pre>idqp user add you@example.com --role owner</pre>
        </Card>
      </>
    );
  }
  return (
    <>
      <Heading title="Account" actions={<LogOut />}>
        <p className="dim">
          {me.name ?? me.actor} · {me.actor} · {me.role}
        </p>
      </Heading>
      <Password />
    </>
  );
}

function LogOut() {
  const { fail } = useNotes();
  const sent = useMutation({ mutationFn: logOut, onError: fail });
  return (
    <button type="button" className="button" disabled={sent.isPending} onClick={() => sent.mutate()}>
      <Icon name="out" size={16} />
      Log out
    </button>
  );
}

function Password() {
  const { say } = useNotes();
  const sent = useMutation({
    mutationFn: ({ current, next }: { current: string; next: string }) => changeOwnPassword(current, next),
    onSuccess: async () => {
      say("The password is changed. Log in with the new one.");
      await logOut();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    sent.mutate({ current: String(values.get("current")), next: String(values.get("next")) });
  };
  return (
    <Card title="Change the password">
      <form className="form" onSubmit={submit}>
        <Field label="Current password" name="current" type="password" required autoComplete="current-password" />
        <Field label="New password" name="next" type="password" required autoComplete="new-password" />
        {sent.error !== null && <Failure error={sent.error} />}
        <p className="dim small">All your sessions end, also those on other machines.</p>
        <div className="actions">
          <button type="submit" className="button main" disabled={sent.isPending}>
            Change
          </button>
        </div>
      </form>
    </Card>
  );
}
