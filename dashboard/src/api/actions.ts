/** The writes of the dashboard. */
import { path, send } from "./client";
import type { Check, Incident, Page, Reason, Role, Token } from "./types";

export type Response =
  | { readonly action: "ack"; readonly comment: string }
  | { readonly action: "assign"; readonly assignee: string | null; readonly comment?: string }
  | { readonly action: "snooze"; readonly until: string; readonly comment?: string }
  | { readonly action: "resolve"; readonly reason: Reason; readonly comment?: string }
  | { readonly action: "reopen"; readonly comment?: string };

/** Does the same to all the incidents, or to none. */
export const respond = (incidents: readonly number[], response: Response): Promise<Page<Incident>> =>
  send("POST", "/incidents/respond", { incidents, ...response });

export const check = (dataset: string | null): Promise<Check> =>
  send("POST", "/checks", dataset === null ? {} : { dataset });

export const setEnabled = (dataset: string, rule: string, enabled: boolean): Promise<unknown> =>
  send("PUT", path("datasets", dataset, "rules", rule, "enabled"), { enabled });

export interface NewPerson {
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly password: string;
}

export const addPerson = (person: NewPerson): Promise<unknown> => send("POST", "/people", person);

export const setRole = (email: string, role: Role): Promise<unknown> =>
  send("PUT", path("people", email, "role"), { role });

export const disable = (email: string): Promise<unknown> => send("POST", path("people", email, "disable"));

export const unlock = (email: string): Promise<unknown> => send("POST", path("people", email, "unlock"));

export const setPassword = (email: string, next: string): Promise<unknown> =>
  send("PUT", path("people", email, "password"), { new: next });

export const changeOwnPassword = (current: string, next: string): Promise<unknown> =>
  send("POST", "/auth/password", { current, new: next });

export interface NewToken {
  readonly token: string;
  readonly scope: "runs:read" | "runs:write";
  readonly days: number;
}

export const addToken = (made: NewToken): Promise<Token & { readonly secret: string }> => send("POST", "/tokens", made);

export const revoke = (token: string): Promise<unknown> => send("DELETE", path("tokens", token));
