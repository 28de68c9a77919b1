/** The reads of the dashboard. The first word of a key is what `live.ts` makes stale. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { get, path, type Query } from "./client";
import type {
  AuditEntry,
  AuditState,
  Check,
  Dataset,
  Distribution,
  Incident,
  Me,
  MetricHistory,
  Page,
  Person,
  RecordedRule,
  Review,
  RuleTrend,
  Run,
  Schema,
  SchemaChange,
  SchemaVersion,
  Scores,
  ServerStatus,
  Token,
  WholeIncident,
  WholeRun,
} from "./types";

const MOST = 200;

export const status = () =>
  queryOptions({ queryKey: ["status"], queryFn: ({ signal }) => get<ServerStatus>("/status", {}, signal) });

export const me = () => queryOptions({ queryKey: ["me"], queryFn: ({ signal }) => get<Me>("/me", {}, signal) });

export const datasets = () =>
  queryOptions({ queryKey: ["datasets"], queryFn: ({ signal }) => everything<Dataset>("/datasets", signal) });

export const dataset = (name: string) => read<Dataset>(["datasets", name], path("datasets", name));

export const rules = (name: string) => readItems<RecordedRule>(["rules", name], `${path("datasets", name)}/rules`);

export const trends = (name: string, since: string) =>
  readItems<RuleTrend>(["trends", name, since], `${path("datasets", name)}/results`, { since });

export const metrics = (name: string) =>
  readItems<{ readonly metric: string }>(["metrics", name], `${path("datasets", name)}/history`);

export const history = (name: string, metric: string) =>
  read<MetricHistory>(["metrics", name, metric], path("datasets", name, "history", metric), { limit: 90 });

export const versions = (name: string) =>
  readItems<SchemaVersion>(["schemas", name], `${path("datasets", name)}/schemas`);

export const schema = (name: string, version: string) =>
  read<Schema>(["schemas", name, version], path("datasets", name, "schemas", version));

export const schemaDiff = (name: string, before: string, after: string) =>
  readItems<SchemaChange>(["schemas", name, before, after], path("datasets", name, "schemas", before, "diff", after));

export const distributions = (dataset: string) =>
  readItems<Distribution>(["datasets", dataset, "distributions"], path("datasets", dataset, "distributions"));

export const scores = (since: string) => read<Scores>(["scores", since], "/scores", { since });

export const review = (since: string) => read<Review>(["review", since], "/report", { since });

export const someIncidents = (query: Query) => read<Page<Incident>>(["incidents", "some", query], "/incidents", query);

export const incidents = (query: Query) => pages<Incident>(["incidents", "list", query], "/incidents", query);

export const incident = (number: number) => read<WholeIncident>(["incidents", number], path("incidents", number));

export const runs = (query: Query) => pages<Run>(["runs", "list", query], "/runs", query);

export const run = (id: string) => read<WholeRun>(["runs", id], path("runs", id));

export const checks = () => read<Page<Check>>(["checks"], "/checks", { limit: 20 });

export const audit = (query: Query) => pages<AuditEntry>(["audit", "list", query], "/audit", query);

export const auditState = () => read<AuditState>(["audit", "state"], "/audit/verify");

/** The entries of the audit log since a time, the newest first; of a day with very many, the last ones. */
export const changesSince = (time: number) =>
  queryOptions({ queryKey: ["audit", "since", time], queryFn: ({ signal }) => entriesSince(time, signal) });

export const people = () =>
  queryOptions({ queryKey: ["people"], queryFn: ({ signal }) => everything<Person>("/people", signal) });

export const tokens = () =>
  queryOptions({ queryKey: ["tokens"], queryFn: ({ signal }) => everything<Token>("/tokens", signal) });

function read<T>(queryKey: readonly unknown[], from: string, query: Query = {}) {
  return queryOptions({ queryKey, queryFn: ({ signal }) => get<T>(from, query, signal) });
}

function readItems<T>(queryKey: readonly unknown[], from: string, query: Query = {}) {
  return queryOptions({ queryKey, queryFn: async ({ signal }) => (await get<Page<T>>(from, query, signal)).items });
}

function pages<T>(queryKey: readonly unknown[], from: string, query: Query) {
  return infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam, signal }) => get<Page<T>>(from, { limit: 50, ...query, after: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
  });
}

const MOST_PAGES = 5;

async function entriesSince(time: number, signal: AbortSignal): Promise<readonly AuditEntry[]> {
  const found: AuditEntry[] = [];
  let after: string | null = null;
  for (let number = 0; number < MOST_PAGES; number += 1) {
    const page: Page<AuditEntry> = await get<Page<AuditEntry>>("/audit", { limit: MOST, after }, signal);
    const recent = page.items.filter((entry) => Date.parse(entry.at) >= time);
    found.push(...recent);
    after = page.next;
    if (after === null || recent.length < page.items.length) {
      break;
    }
  }
  return found;
}

/** All pages of a list that has as many entries as there are datasets or people. */
async function everything<T>(from: string, signal: AbortSignal): Promise<readonly T[]> {
  const found: T[] = [];
  let after: string | null = null;
  do {
    const page: Page<T> = await get<Page<T>>(from, { limit: MOST, after }, signal);
    found.push(...page.items);
    after = page.next;
  } while (after !== null);
  return found;
}
