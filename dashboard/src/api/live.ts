/**
 * Changes as they happen, by server-sent events.
 *
 * One tab of the browser listens and tells the others: a browser opens few connections to a server.
 */
import type { QueryClient } from "@tanstack/react-query";
import { open } from "./client";
import { type Block, blocks } from "./event_stream";
import type { Change } from "./types";

const SHORTEST = 1000;
const LONGEST = 30_000;

/** What is read again after an action, by the action's first word. */
const STALE: Readonly<Record<string, readonly string[]>> = {
  incident: ["incidents", "datasets", "review", "audit"],
  check: ["runs", "datasets", "scores", "rules", "trends", "metrics", "checks", "incidents", "audit"],
  schema: ["schemas", "datasets", "audit"],
  rule: ["rules", "audit"],
  dataset: ["datasets", "audit"],
  user: ["people", "me", "status", "audit"],
  token: ["tokens", "audit"],
};

type Told = { readonly connected: boolean } | { readonly change: Change };

/** Listens until the returned function is called; `connected` tells whether changes arrive. */
export function listen(client: QueryClient, connected: (on: boolean) => void): () => void {
  const channel = new BroadcastChannel("idqp-live");
  const ended = new AbortController();
  const hear = (told: Told) => {
    if ("change" in told) {
      forget(client, told.change);
    } else {
      // What happened before the first change that this stream tells is not told.
      if (told.connected) {
        void client.invalidateQueries();
      }
      connected(told.connected);
    }
  };
  channel.onmessage = (message: MessageEvent<Told>) => hear(message.data);
  const tell = (told: Told) => {
    channel.postMessage(told);
    hear(told);
  };
  void alone(ended.signal, () => stay(tell, ended.signal));
  return () => {
    ended.abort();
    channel.close();
  };
}

function forget(client: QueryClient, change: Change): void {
  const first = change.action.split(".")[0] ?? "";
  for (const key of STALE[first] ?? ["audit"]) {
    void client.invalidateQueries({ queryKey: [key] });
  }
}

async function stay(tell: (told: Told) => void, signal: AbortSignal): Promise<void> {
  let last: string | null = null;
  let pause = SHORTEST;
  while (!signal.aborted) {
    try {
      const headers: Record<string, string> = last === null ? {} : { "Last-Event-ID": last };
      const answer = await open("/events", { headers: { Accept: "text/event-stream", ...headers }, signal });
      tell({ connected: true });
      pause = SHORTEST;
      for await (const block of blocks(answer)) {
        last = block.id ?? last;
        hear(block, tell);
      }
    } catch {
      pause = Math.min(pause * 2, LONGEST);
    }
    if (!signal.aborted) {
      tell({ connected: false });
      await new Promise((wake) => setTimeout(wake, pause));
    }
  }
}

function hear(block: Block, tell: (told: Told) => void): void {
  if (block.event === "change") {
    tell({ change: JSON.parse(block.data) as Change });
  }
}

/** Runs `work` in one tab at a time, where the browser has locks; else in each. */
async function alone(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  if (!("locks" in navigator)) {
    return work();
  }
  // The lock of a tab that waits is given up when the tab leaves.
  return navigator.locks.request("idqp-live", { signal }, work).catch(() => undefined);
}
