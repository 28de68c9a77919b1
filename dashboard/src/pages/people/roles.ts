import type { Role } from "../../api/types";

export const ROLES: readonly (readonly [Role, string, string])[] = [
  ["viewer", "Viewer", "reads runs, incidents and schemas"],
  ["reviewer", "Reviewer", "also responds to incidents"],
  ["maintainer", "Maintainer", "also records runs, and changes schemas, baselines and rules"],
  ["owner", "Owner", "also manages datasets, people and tokens"],
];
