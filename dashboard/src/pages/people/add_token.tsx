import { useMutation, useQueryClient } from "@tanstack/react-query";
import { addToken, type NewToken } from "../../api/actions";
import { Dialog, FormDialog } from "../../parts/dialog";
import { Field, Options } from "../../parts/field";
import { Failure } from "../../parts/states";

const SCOPES = [
  ["runs:write", "Record runs", "for CI jobs that check data"],
  ["runs:read", "Read", "for programs that read runs and incidents"],
] as const;

export function AddToken({ close }: { readonly close: () => void }) {
  const client = useQueryClient();
  const sent = useMutation({
    mutationFn: addToken,
    onSuccess: () => client.invalidateQueries({ queryKey: ["tokens"] }),
  });
  if (sent.data !== undefined) {
    return <Secret secret={sent.data.secret} close={close} />;
  }
  return (
    <FormDialog
      title="Create a token"
      close={close}
      label="Create"
      busy={sent.isPending}
      error={sent.error !== null && <Failure error={sent.error} />}
      submit={(values) => sent.mutate(tokenOf(values))}
    >
      <Field label="Name" name="token" required autoComplete="off" placeholder="nightly" />
      <Field
        label="Days"
        hint="until it expires"
        name="days"
        type="number"
        min={1}
        max={365}
        required
        defaultValue={90}
      />
      <Options name="scope" label="What it may do" options={SCOPES} chosen="runs:write" />
    </FormDialog>
  );
}

function Secret({ secret, close }: { readonly secret: string; readonly close: () => void }) {
  return (
    <Dialog title="The token" close={close}>
      <div className="inside">
        <p>Copy it now: it is not shown again.</p>
        <pre className="secret">{secret}</pre>
        <footer>
          <button type="button" className="button main" onClick={close}>
            Done
          </button>
        </footer>
      </div>
    </Dialog>
  );
}

function tokenOf(values: FormData): NewToken {
  const text = (name: string) => String(values.get(name) ?? "");
  return { token: text("token"), scope: text("scope") as NewToken["scope"], days: Number(text("days")) };
}
