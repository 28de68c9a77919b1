import { Link } from "wouter";
import { path } from "../../api/client";

/** What an entry of the audit log says beside its object: names and values, and the run as a link. */
export function Detail({ text }: { readonly text: string }) {
  const values = parsed(text);
  if (values === null) {
    return <>{text}</>;
  }
  const { run_id: run, ...others } = values;
  return (
    <>
      {Object.entries(others).map(([name, value]) => (
        <span key={name} className="pair">
          {name} {typeof value === "string" ? value : JSON.stringify(value)}
        </span>
      ))}
      {typeof run === "string" && (
        <Link className="sentence" href={path("runs", run)}>
          run
        </Link>
      )}
    </>
  );
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}
