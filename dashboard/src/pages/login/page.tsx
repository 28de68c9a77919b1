import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useEffect } from "react";
import { logIn } from "../../api/token";
import type { ServerStatus } from "../../api/types";
import { Field } from "../../parts/field";
import { Failure } from "../../parts/states";
import { Brand } from "../../shell/brand";

interface LoginProps {
  readonly status: ServerStatus;
  readonly entered: () => void;
}

export function LoginPage({ status, entered }: LoginProps) {
  const sent = useMutation({
    mutationFn: ({ email, password }: { email: string; password: string }) => logIn(email, password),
    onSuccess: entered,
  });
  useEffect(() => {
    document.title = "Log in · idqp";
  }, []);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    sent.mutate({ email: String(values.get("email")).trim(), password: String(values.get("password")) });
  };
  return (
    <main className="alone">
      <form className="card login" onSubmit={submit}>
        <div className="brand">
          <Brand />
          idqp
        </div>
        <h1>Log in</h1>
        {sent.error === null ? <Outcome /> : <Failure error={sent.error} />}
        <Field label="E-mail address" name="email" type="email" required autoComplete="username" autoFocus />
        <Field label="Password" name="password" type="password" required autoComplete="current-password" />
        <button type="submit" className="button main" disabled={sent.isPending}>
          {sent.isPending ? "Logging in…" : "Log in"}
        </button>
        {status.provider !== null && <ByProvider host={status.provider} />}
        <p className="dim small">An Owner of the store adds people and sets new passwords.</p>
      </form>
    </main>
  );
}

function ByProvider({ host }: { readonly host: string }) {
  const query = new URLSearchParams(window.location.search);
  query.delete("login");
  const page = window.location.pathname + (query.size === 0 ? "" : `?${query}`);
  return (
    <a className="button" href={`/api/v1/auth/oidc?to=${encodeURIComponent(page)}`}>
      Log in by {host}
    </a>
  );
}

/** What became of a login by the provider that has let nobody in. */
function Outcome() {
  switch (new URLSearchParams(window.location.search).get("login")) {
    case "unknown":
      return (
        <p className="failure" role="alert">
          Nobody here has the address that you logged in with. Ask an Owner to add you.
        </p>
      );
    case "refused":
      return (
        <p className="failure" role="alert">
          The login was not finished. Try again; the server&apos;s log says what was wrong.
        </p>
      );
    default:
      return null;
  }
}
