/** A rule's name and type: a rule without a name of its own is called `type(columns)`. */
export const typeOf = (rule: string): string => rule.split("(")[0] ?? rule;

/** The rule, and the segment that it is about. */
export const place = (rule: string, segment: string | null): string =>
  segment === null ? rule : `${rule} = ${segment}`;
