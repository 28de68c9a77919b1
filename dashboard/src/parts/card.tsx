import { type ReactNode, useId } from "react";

interface CardProps {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly flush?: boolean;
  readonly children: ReactNode;
}

/** A part of a page under a heading; `flush` for tables, which bring their own margins. */
export function Card({ title, aside, flush = false, children }: CardProps) {
  const id = useId();
  return (
    <section className="card" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      <div className={flush ? "flush" : "inside"}>{children}</div>
    </section>
  );
}
