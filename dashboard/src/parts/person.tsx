import { initials, shortName } from "../words/people";

/** Who did something, or whose it is. */
export function Person({ actor }: { readonly actor: string }) {
  return (
    <span className="human" title={actor}>
      <i aria-hidden="true">{initials(actor)}</i>
      {shortName(actor)}
    </span>
  );
}
