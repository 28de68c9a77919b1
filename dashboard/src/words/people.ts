/** A person as lists show one: the part of the address before the @. */
export const shortName = (actor: string): string => actor.split("@")[0] ?? actor;

export const initials = (actor: string): string => {
  const parts = shortName(actor)
    .split(/[._\s-]+/)
    .filter((part) => part !== "");
  return parts
    .slice(0, 2)
    .map((part) => part.charAt(0).toUpperCase())
    .join("");
};
