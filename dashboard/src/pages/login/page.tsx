import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useEffect } from "react";
import { logIn } from "../../api/token";
import { Field } from "../../parts/field";
import { Failure } from "../../parts/states";
import { Brand } from "../../shell/brand";

export function LoginPage({ entered }: { readonly entered: () => void }) {
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
        {sent.error !== null && <Failure error={sent.error} />}
        <Field label="E-mail address" name="email" type="email" required autoComplete="username" autoFocus />
        <Field label="Password" name="password" type="password" required autoComplete="current-password" />
        <button type="submit" className="button main" disabled={sent.isPending}>
          {sent.isPending ? "Logging in…" : "Log in"}
        </button>
        <p className="dim small">An Owner of the store adds people and sets new passwords.</p>
      </form>
    </main>
  );
}
