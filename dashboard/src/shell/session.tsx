/** Who looks at the dashboard, and what they may. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { me as readMe, status as readStatus } from "../api/queries";
import { onEnd, renew } from "../api/token";
import type { Me, Permission, ServerStatus } from "../api/types";

const Context = createContext<Me | null>(null);

/** Who is logged in; an open store has one `me` for everybody. */
export function useMe(): Me {
  const me = useContext(Context);
  if (me === null) {
    throw new Error("there is no session here");
  }
  return me;
}

export const useMay = (permission: Permission): boolean => useMe().may.includes(permission);

interface SessionProps {
  readonly waiting: ReactNode;
  readonly failed: (error: unknown, again: () => void) => ReactNode;
  readonly without: (status: ServerStatus, again: () => void) => ReactNode;
  readonly login: (status: ServerStatus, entered: () => void) => ReactNode;
  readonly children: ReactNode;
}

/** Shows the children to whom the store lets in, and to others what comes before. */
export function Session({ waiting, failed, without, login, children }: SessionProps) {
  const status = useQuery({
    ...readStatus(),
    refetchInterval: (query) => (query.state.data?.store === "none" ? 5000 : false),
  });
  const closed = status.data?.store === "closed";
  const { entered, enter } = useEntered(closed);
  const me = useQuery({ ...readMe(), enabled: status.data?.store === "open" || (closed && entered === true) });
  const again = () => void Promise.all([status.refetch(), me.refetch()]);
  if (status.data === undefined) {
    return status.error === null ? waiting : failed(status.error, again);
  }
  if (status.data.store === "none" || status.data.store === "unavailable") {
    return without(status.data, again);
  }
  if (closed && entered !== true) {
    return entered === null ? waiting : login(status.data, enter);
  }
  if (me.data === undefined) {
    return me.error === null ? waiting : failed(me.error, again);
  }
  return <Context value={me.data}>{children}</Context>;
}

/** Whether there is a session: null until the browser's cookie has been tried. */
function useEntered(closed: boolean) {
  const [entered, setEntered] = useState<boolean | null>(null);
  const client = useQueryClient();
  useEffect(() => {
    if (closed) {
      renew(null)
        .then(setEntered)
        .catch(() => setEntered(false));
    }
  }, [closed]);
  useEffect(
    () =>
      onEnd(() => {
        setEntered(false);
        client.removeQueries({ predicate: (query) => query.queryKey[0] !== "status" });
      }),
    [client],
  );
  return { entered, enter: () => setEntered(true) };
}
