import type { IconName } from "../parts/icon";

interface PageLink {
  readonly href: string;
  readonly name: string;
  readonly icon: IconName;
  readonly key: string;
}

/** The pages of the navigation; `key` follows `g`. */
export const LINKS: readonly PageLink[] = [
  { href: "/", name: "Overview", icon: "overview", key: "o" },
  { href: "/datasets", name: "Datasets", icon: "datasets", key: "d" },
  { href: "/incidents", name: "Incidents", icon: "incidents", key: "i" },
  { href: "/runs", name: "Runs", icon: "runs", key: "r" },
  { href: "/audit", name: "Audit", icon: "audit", key: "a" },
  { href: "/people", name: "People", icon: "people", key: "p" },
];
