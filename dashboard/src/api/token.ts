/**
 * The access token of this browser: kept in memory, shared by its tabs, renewed once for all of them.
 *
 * The refresh token is a cookie that scripts cannot read, and that works once.
 */
import { problemOf, unreachable } from "./problem";

const HEADER = { "X-IDQP-Request": "1" };
const shared = new BroadcastChannel("idqp-token");
const listeners = new Set<() => void>();
let current: string | null = null;

shared.onmessage = (message: MessageEvent<string | null>) => {
  const ended = current !== null && message.data === null;
  current = message.data;
  if (ended) {
    tell();
  }
};

export const token = (): string | null => current;

/** Calls back when the session ends, here or in another tab. */
export function onEnd(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(): void {
  for (const listener of listeners) {
    listener();
  }
}

function keep(next: string | null): void {
  current = next;
  shared.postMessage(next);
}

/** Gets another token than `stale`; false where the session is over. */
export function renew(stale: string | null): Promise<boolean> {
  return alone(async () => {
    if (current !== null && current !== stale) {
      return true;
    }
    const answer = await send("/api/v1/auth/refresh", "{}");
    if (answer.ok) {
      keep(((await answer.json()) as { access_token: string }).access_token);
      return true;
    }
    if (answer.status !== 401) {
      throw await problemOf(answer);
    }
    end();
    return false;
  });
}

export async function logIn(email: string, password: string): Promise<void> {
  const answer = await send("/api/v1/auth/login", JSON.stringify({ email, password }));
  if (!answer.ok) {
    throw await problemOf(answer);
  }
  keep(((await answer.json()) as { access_token: string }).access_token);
}

export async function logOut(): Promise<void> {
  await send("/api/v1/auth/logout", JSON.stringify({ everywhere: false }));
  end();
}

function end(): void {
  const had = current !== null;
  keep(null);
  if (had) {
    tell();
  }
}

async function send(path: string, body: string): Promise<Response> {
  const bearer: Record<string, string> = current === null ? {} : { Authorization: `Bearer ${current}` };
  const headers = { ...HEADER, ...bearer, "Content-Type": "application/json" };
  return fetch(path, { method: "POST", headers, body }).catch(() => {
    throw unreachable();
  });
}

/** Runs `work` in one tab at a time. Browsers have locks only in secure contexts. */
function alone<T>(work: () => Promise<T>): Promise<T> {
  return "locks" in navigator ? navigator.locks.request("idqp-refresh", work) : work();
}
