import { useMutation, useQueryClient } from "@tanstack/react-query";
import { check } from "../../api/actions";
import { Icon } from "../../parts/icon";
import { useNotes } from "../../parts/notes";
import { useMay } from "../../shell/session";

/** Asks the server to check a dataset, or all of its rules file. */
export function CheckButton({ dataset }: { readonly dataset: string | null }) {
  const client = useQueryClient();
  const { say, fail } = useNotes();
  const sent = useMutation({
    mutationFn: () => check(dataset),
    onSuccess: async () => {
      say("The check waits for a worker. Its run appears when it is done.");
      await client.invalidateQueries({ queryKey: ["checks"] });
    },
    onError: fail,
  });
  if (!useMay("record")) {
    return null;
  }
  return (
    <button type="button" className="button" disabled={sent.isPending} onClick={() => sent.mutate()}>
      <Icon name="play" size={15} />
      {dataset === null ? "Check all" : "Check now"}
    </button>
  );
}
