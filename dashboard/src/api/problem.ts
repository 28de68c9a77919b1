/** What the API answers when it refuses: problem+json, or nothing at all. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: readonly FieldError[];
  readonly retryAfter: number | null;

  constructor(status: number, code: string, detail: string, errors: readonly FieldError[], retryAfter: number | null) {
    super(detail);
    this.status = status;
    this.code = code;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }
}

export interface FieldError {
  readonly field: string;
  readonly message: string;
}

interface ProblemBody {
  readonly title?: string;
  readonly detail?: string;
  readonly code?: string;
  readonly errors?: readonly FieldError[];
}

export async function problemOf(answer: Response): Promise<Problem> {
  const body = (await answer.json().catch(() => ({}))) as ProblemBody;
  const seconds = Number(answer.headers.get("Retry-After"));
  const retryAfter = Number.isFinite(seconds) && seconds > 0 ? seconds : null;
  const told = body.detail ?? body.title ?? `The server answered with status ${answer.status}.`;
  const waiting = answer.status === 429 && retryAfter !== null ? ` Try again in ${retryAfter} s.` : "";
  return new Problem(answer.status, body.code ?? "unknown", told + waiting, body.errors ?? [], retryAfter);
}

export const unreachable = (): Problem =>
  new Problem(0, "unreachable", "The server cannot be reached. The page tries again by itself.", [], null);

/** The message of an error for people, with the fields that were refused. */
export function wording(error: unknown): string {
  const text = plain(error);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function plain(error: unknown): string {
  if (!(error instanceof Problem)) {
    return error instanceof Error ? error.message : String(error);
  }
  const fields = error.errors.map((one) => `${one.field.replace(/^body\./, "")}: ${one.message}`);
  return fields.length > 0 ? fields.join("; ") : error.message;
}
