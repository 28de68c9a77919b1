/** What the API answers, as docs/server.md describes it. Times are RFC 3339 texts in UTC. */

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export interface ServerStatus {
  readonly version: string;
  readonly store: "open" | "closed" | "none" | "unavailable";
  readonly login: boolean;
  readonly provider: string | null;
  readonly next: string | null;
}

export type Permission = "read" | "respond" | "record" | "change" | "manage";
export type Role = "owner" | "maintainer" | "reviewer" | "viewer";

export interface Me {
  readonly actor: string;
  readonly name: string | null;
  readonly role: Role | "ci" | null;
  readonly open: boolean;
  readonly may: readonly Permission[];
  readonly expires_at: string | null;
}

export type Severity = "info" | "warning" | "critical";
export type IncidentStatus = "open" | "acknowledged" | "snoozed" | "resolved";
export type Verdict = "passed" | "failed" | "inconclusive" | "error" | "skipped";
export type Reason = "fixed" | "expected" | "false_positive" | "duplicate";
export type Scalar = string | number | boolean | null;

export interface Incident {
  readonly incident: number;
  readonly status: IncidentStatus;
  readonly severity: Severity;
  readonly dataset: string;
  readonly rule: string;
  readonly rule_type: string;
  readonly segment: string | null;
  readonly opened_at: string;
  readonly last_seen_at: string;
  readonly resolved_at: string | null;
  readonly occurrences: number;
  readonly metric_value: number | null;
  readonly message: string;
  readonly assignee: string | null;
  readonly snoozed_until: string | null;
  readonly resolution: string | null;
}

export interface IncidentEvent {
  readonly at: string;
  readonly kind: string;
  readonly actor: string;
  readonly metric_value: number | null;
  readonly detail: string | null;
  readonly reason: Reason | null;
}

export interface Sample {
  readonly line?: number | null;
  readonly unit?: "line" | "row";
  readonly file?: string;
  readonly column?: string;
  readonly value?: Scalar;
  readonly expected?: string;
  readonly key?: Readonly<Record<string, Scalar>>;
  readonly values?: Readonly<Record<string, Scalar>>;
  readonly count?: number;
}

export interface Alert {
  readonly alert: number | null;
  readonly channel: string;
  readonly created_at: string;
  readonly status: "delivered" | "failed" | "waiting";
  readonly attempts: number;
  readonly delivered_at: string | null;
  readonly next_at: string | null;
  readonly error: string | null;
}

export interface WholeIncident extends Incident {
  readonly fingerprint: string;
  readonly timeline: readonly IncidentEvent[];
  readonly first_samples: readonly Sample[];
  readonly last_samples: readonly Sample[];
  readonly alerts: readonly Alert[];
}

export interface Dataset {
  readonly dataset: string;
  readonly description: string | null;
  readonly owner: string | null;
  readonly created_at: string;
  readonly removed_at: string | null;
  readonly last_run: LastRun | null;
  readonly incidents: Readonly<Record<Severity, number>>;
  readonly schema_version: string | null;
}

export interface LastRun {
  readonly run: string;
  readonly at: string;
  readonly status: RunStatus;
  readonly score: number | null;
  readonly rows: number | null;
}

export interface RecordedRule {
  readonly rule: string;
  readonly type: string;
  readonly severity: Severity;
  readonly threshold: number | null;
  readonly enabled: boolean;
  readonly params: Readonly<Record<string, unknown>>;
  readonly last: LastResult | null;
}

export interface LastResult {
  readonly status: Verdict;
  readonly value: number | null;
  readonly at: string;
}

export interface MetricHistory {
  readonly dataset: string;
  readonly metric: string;
  readonly series: readonly Series[];
}

export interface Series {
  readonly segment: string | null;
  readonly sensitivity: string;
  readonly points: readonly BandPoint[];
}

export interface BandPoint {
  readonly at: string;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly score: number | null;
  readonly unusual: boolean;
}

export interface RuleTrend {
  readonly rule: string;
  readonly segment: string | null;
  readonly points: readonly ResultPoint[];
}

export interface ResultPoint {
  readonly run: string;
  readonly at: string;
  readonly value: number | null;
  readonly status: Verdict;
  readonly rows_evaluated: number | null;
  readonly rows_failed: number | null;
}

export type RunStatus = "passed" | "failed" | "error";

export interface Run {
  readonly id: number;
  readonly run: string;
  readonly dataset: string;
  readonly at: string;
  readonly actor: string;
  readonly status: RunStatus;
  readonly score: number | null;
  readonly rows: number | null;
}

export interface WholeRun {
  readonly run: string;
  readonly at: string;
  readonly actor: string;
  readonly status: RunStatus;
  readonly datasets: readonly CheckedDataset[];
}

export interface CheckedDataset extends Run {
  readonly results: readonly RunResult[];
}

export interface RunResult {
  readonly rule: string;
  readonly segment: string | null;
  readonly status: Verdict;
  readonly value: number | null;
  readonly rows_evaluated: number | null;
  readonly rows_failed: number | null;
}

export interface DayScore {
  readonly day: string;
  readonly score: number;
}

export interface Scores {
  readonly since: string;
  readonly until: string;
  readonly datasets: readonly DatasetScores[];
}

export interface DatasetScores {
  readonly dataset: string;
  readonly scores: readonly DayScore[];
}

export interface SchemaVersion {
  readonly version: string;
  readonly created_at: string | null;
  readonly columns: number;
  readonly changes: string | null;
}

export interface Schema {
  readonly dataset: string;
  readonly version: string;
  readonly created_at: string | null;
  readonly columns: readonly SchemaColumn[];
}

export interface SchemaColumn {
  readonly column: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly required: boolean | null;
}

export interface SchemaChange {
  readonly change: string;
  readonly column: string | null;
  readonly before: string | null;
  readonly after: string | null;
  readonly breaks: string | null;
  readonly hint: string | null;
}

export interface Person {
  readonly email: string;
  readonly name: string | null;
  readonly role: Role;
  readonly status: "active" | "disabled" | "locked";
  readonly created_at: string;
  readonly disabled_at: string | null;
  readonly locked_until: string | null;
}

export interface Token {
  readonly token: string;
  readonly scopes: string;
  readonly status: "valid" | "expired" | "revoked";
  readonly created_by: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly last_used_at: string | null;
  readonly revoked_at: string | null;
}

export interface AuditEntry {
  readonly seq: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly object: string;
  readonly detail: string;
  readonly hash: string;
}

export interface AuditState {
  readonly whole: boolean;
  readonly entries: number;
  readonly head: string | null;
  readonly problem: string | null;
}

export interface Times {
  readonly count: number;
  readonly mean: number | null;
  readonly p95: number | null;
}

export interface Review {
  readonly opened: number;
  readonly acknowledged: number;
  readonly resolved: number;
  readonly reopened: number;
  readonly time_to_acknowledge: Times;
  readonly time_to_resolve: Times;
  readonly false_positive_share: number | null;
}

export interface Check {
  readonly check: string;
  readonly status: "queued" | "running" | "done" | "failed";
  readonly dataset: string | null;
  readonly queued_at: string;
  readonly asked_by: string;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly exit_code: number | null;
  readonly run: string | null;
  readonly message: string | null;
}

export interface Change {
  readonly seq: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly object: string;
}

export interface Bin {
  readonly bin: string;
  readonly before: number;
  readonly now: number;
}

/** A column in the last run and in the one before it. */
export interface Distribution {
  readonly column: string;
  readonly before_at: string;
  readonly now_at: string;
  readonly moved: number;
  readonly bins: readonly Bin[];
}
