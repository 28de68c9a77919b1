/** Requests to the API, with the token of the session; a token that is refused is renewed once. */
import { Problem, problemOf, unreachable } from "./problem";
import { renew, token } from "./token";

const BASE = "/api/v1";

export type Query = Readonly<Record<string, string | number | readonly string[] | null | undefined>>;

export function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return request<T>("GET", path + search(query), undefined, signal);
}

export function send<T>(method: "POST" | "PUT" | "DELETE", path: string, body?: object): Promise<T> {
  return request<T>(method, path, body ?? {});
}

/** A path of the API, each piece encoded. */
export function path(...pieces: readonly (string | number)[]): string {
  return pieces.map((piece) => `/${encodeURIComponent(piece)}`).join("");
}

/** Answers as they come, for streams: with the session's token, never an answer that is an error. */
export async function open(path: string, init: RequestInit): Promise<Response> {
  const used = token();
  const answer = await attempt(path, init);
  const again = answer.status === 401 && used !== null && (await renew(used));
  const last = again ? await attempt(path, init) : answer;
  if (!last.ok) {
    throw await problemOf(last);
  }
  return last;
}

async function request<T>(method: string, path: string, body?: object, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  const init: RequestInit = { method, headers, signal: signal ?? null };
  if (body !== undefined && method !== "GET") {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  const answer = await open(path, init);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

async function attempt(path: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers);
  const bearer = token();
  headers.set("X-IDQP-Request", "1");
  if (bearer !== null) {
    headers.set("Authorization", `Bearer ${bearer}`);
  }
  try {
    return await fetch(BASE + path, { ...init, headers });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") {
      throw error;
    }
    throw unreachable();
  }
}

function search(query: Query): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    const values = Array.isArray(value) ? value : [value];
    for (const one of values) {
      if (one !== null && one !== undefined && one !== "") {
        pairs.append(name, String(one));
      }
    }
  }
  const text = pairs.toString();
  return text === "" ? "" : `?${text}`;
}

/** Whether another attempt may end differently. */
export const worthAnother = (error: unknown): boolean =>
  error instanceof Problem && (error.status === 0 || error.status >= 502);
