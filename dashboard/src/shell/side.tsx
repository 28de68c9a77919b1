import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "wouter";
import { datasets } from "../api/queries";
import type { Dataset } from "../api/types";
import { Icon, type IconName } from "../parts/icon";
import { chosen, type Theme, turn, useTheme } from "../theme/theme";
import { Brand } from "./brand";
import { LINKS } from "./links";
import { useMay, useMe } from "./session";

interface SideProps {
  readonly live: boolean;
  readonly help: () => void;
  readonly search: () => void;
}

/** The navigation; on a phone its links are at the bottom of the screen. */
export function Side({ live, help, search }: SideProps) {
  const [location] = useLocation();
  const open = useUnresolved();
  const manages = useMay("manage");
  const links = LINKS.filter((link) => link.href !== "/people" || manages);
  const here = (href: string) => (href === "/" ? location === "/" : location.startsWith(href));
  return (
    <header className="side">
      <Link href="/" className="brand">
        <Brand />
        idqp
      </Link>
      <button type="button" className="button jump" onClick={search}>
        <Icon name="search" size={16} />
        <span>Go to…</span>
        <kbd>Ctrl K</kbd>
      </button>
      <nav aria-label="Pages">
        <div className="links">
          {links.map((link) => (
            <Link key={link.href} href={link.href} aria-current={here(link.href) ? "page" : undefined}>
              <Icon name={link.icon} />
              {link.name}
              {link.href === "/incidents" && open > 0 && (
                <span className="count">
                  {open}
                  <span className="unseen"> unresolved</span>
                </span>
              )}
            </Link>
          ))}
        </div>
      </nav>
      <Foot live={live} help={help} search={search} />
    </header>
  );
}

const THEMES: Readonly<Record<Theme, readonly [IconName, string]>> = {
  system: ["half", "Theme: as the system"],
  light: ["sun", "Theme: light"],
  dark: ["moon", "Theme: dark"],
};

function Foot({ live, help, search }: SideProps) {
  const me = useMe();
  useTheme();
  const [icon, label] = THEMES[chosen()];
  return (
    <div className="foot">
      <span
        className={live ? "live on" : "live"}
        role="status"
        title={live ? "Changes appear as they happen" : "Not connected; trying again"}
      >
        <span>{live ? "Live" : "Not live"}</span>
      </span>
      <div className="who">
        <Link href="/account" className="person">
          {me.open ? "Open store" : (me.name ?? me.actor)}
        </Link>
        <div className="dim">{me.open ? "everyone may do everything" : me.role}</div>
      </div>
      <div className="tools">
        <button
          type="button"
          className="button plain icon tiny narrow"
          aria-label="Go to"
          title="Go to"
          onClick={search}
        >
          <Icon name="search" />
        </button>
        <button type="button" className="button plain icon tiny" aria-label={label} title={label} onClick={turn}>
          <Icon name={icon} />
        </button>
        <button
          type="button"
          className="button plain icon tiny wide"
          aria-label="Keyboard shortcuts"
          title="Keyboard shortcuts (?)"
          onClick={help}
        >
          <Icon name="keys" />
        </button>
        <Link href="/account" className="button plain icon tiny" aria-label="Account" title="Account">
          <Icon name="person" />
        </Link>
      </div>
    </div>
  );
}

function useUnresolved(): number {
  const known: readonly Dataset[] = useQuery(datasets()).data ?? [];
  return known.reduce((sum, one) => sum + one.incidents.critical + one.incidents.warning + one.incidents.info, 0);
}
