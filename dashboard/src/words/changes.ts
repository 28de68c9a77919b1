/** What happened, in words: entries of the audit log and of timelines. */
const ACTIONS: Readonly<Record<string, string>> = {
  "incident.opened": "opened incident",
  "incident.escalated": "escalated incident",
  "incident.reopened": "reopened incident",
  "incident.resolved": "resolved incident",
  "incident.acknowledged": "acknowledged incident",
  "incident.assigned": "assigned incident",
  "incident.snoozed": "snoozed incident",
  "incident.judged": "judged incident",
  "check.record": "checked",
  "check.queue": "asked for a check of",
  "schema.record": "recorded a schema of",
  "rule.enable": "enabled a rule of",
  "rule.disable": "disabled a rule of",
  "dataset.add": "added dataset",
  "dataset.remove": "removed dataset",
  "user.add": "added",
  "user.role": "changed the role of",
  "user.disable": "disabled",
  "user.unlock": "unlocked",
  "user.password": "changed the password of",
  "baseline.save": "saved a baseline of",
  login: "logged in as",
  "login.replayed": "ended a copied login of",
  "login.refused": "was refused a login as",
  "check.upload": "sent files to be checked",
  logout: "logged out",
  "token.create": "created token",
  "token.revoke": "revoked token",
};

export const action = (name: string): string => ACTIONS[name] ?? name;

const KINDS: Readonly<Record<string, string>> = {
  opened: "Opened",
  seen: "Seen again",
  escalated: "Escalated",
  reopened: "Reopened",
  passed: "Passed",
  resolved: "Resolved",
  acknowledged: "Acknowledged",
  assigned: "Assigned",
  snoozed: "Snoozed",
  judged: "Judged",
};

export const kind = (name: string): string => KINDS[name] ?? name;

export const REASONS = {
  fixed: ["Fixed", "The data was wrong and was mended. Its values leave the training history."],
  expected: ["Expected", "The data is right, and this is the new usual."],
  false_positive: ["False positive", "Nothing was wrong. The usual range becomes wider."],
  duplicate: ["Duplicate", "Another incident is about the same cause."],
} as const;
