/** The page's colours as a canvas takes them: resolved for the theme that holds. */
const NAMES = ["accent", "accent-soft", "red", "red-fill", "dim", "rule", "card"] as const;

export type Colours = Readonly<Record<(typeof NAMES)[number], string>>;

export function colours(): Colours {
  const probe = document.createElement("i");
  document.body.append(probe);
  const found = NAMES.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color] as const;
  });
  probe.remove();
  return Object.fromEntries(found) as Colours;
}
