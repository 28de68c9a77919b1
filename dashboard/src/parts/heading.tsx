import { type ReactNode, useEffect } from "react";
import { Link } from "wouter";

interface HeadingProps {
  readonly title: string;
  readonly shown?: ReactNode;
  readonly crumb?: readonly [string, string];
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}

/** The head of a page: its title, which the window takes over, what it is, and what can be done. */
export function Heading({ title, shown, crumb, children, actions }: HeadingProps) {
  useEffect(() => {
    document.title = `${title} · idqp`;
  }, [title]);
  return (
    <div className="heading">
      <div className="told">
        {crumb !== undefined && (
          <div className="crumbs">
            <Link href={crumb[0]}>{crumb[1]}</Link>
          </div>
        )}
        <h1>{shown ?? title}</h1>
        {children}
      </div>
      {actions !== undefined && <div className="actions">{actions}</div>}
    </div>
  );
}
