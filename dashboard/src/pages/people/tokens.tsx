import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { revoke } from "../../api/actions";
import { tokens as readTokens } from "../../api/queries";
import type { Token } from "../../api/types";
import { Ago } from "../../parts/ago";
import { Badge } from "../../parts/badge";
import { Card } from "../../parts/card";
import { useNotes } from "../../parts/notes";
import { Empty } from "../../parts/states";
import { AddToken } from "./add_token";
import { ManagedList } from "./managed_list";

/** The tokens of programs. */
export function Tokens() {
  const query = useQuery(readTokens());
  const [adding, setAdding] = useState(false);
  const add = (
    <button type="button" className="button tiny" onClick={() => setAdding(true)}>
      Create a token
    </button>
  );
  return (
    <Card title="Tokens for programs" aside={add} flush>
      <ManagedList
        query={query}
        columns={[
          { label: "Token" },
          { label: "May" },
          { label: "Status" },
          { label: "Last used", roomy: true },
          { label: "Expires", roomy: true },
        ]}
        empty={
          <Empty icon="keys" title="No program has a token">
            <p>A CI job needs one to record its runs.</p>
          </Empty>
        }
        row={(token) => <Row key={token.token} token={token} />}
      />
      {adding && <AddToken close={() => setAdding(false)} />}
    </Card>
  );
}

function Row({ token }: { readonly token: Token }) {
  const client = useQueryClient();
  const { say, fail } = useNotes();
  const revoked = useMutation({
    mutationFn: () => revoke(token.token),
    onSuccess: async () => {
      say(`${token.token} is revoked.`);
      await client.invalidateQueries({ queryKey: ["tokens"] });
    },
    onError: fail,
  });
  return (
    <tr>
      <th scope="row">{token.token}</th>
      <td className="mono dim">{token.scopes}</td>
      <td>
        <Badge word={token.status} />
      </td>
      <td className="dim roomy">{token.last_used_at === null ? "never" : <Ago time={token.last_used_at} />}</td>
      <td className="dim roomy">
        <Ago time={token.expires_at} />
      </td>
      <td>
        <div className="actions end">
          {token.status === "valid" && (
            <button
              type="button"
              className="button tiny danger"
              disabled={revoked.isPending}
              onClick={() => revoked.mutate()}
            >
              Revoke
            </button>
          )}
        </div>
      </td>
    </tr>
  );
}
