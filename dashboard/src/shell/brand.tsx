export function Brand() {
  return (
    <svg viewBox="0 0 64 64" aria-hidden="true" className="logo">
      <rect width="64" height="64" rx="14" />
      <path d="M14 40h8l6-18 9 26 6-17 3 9h4" />
    </svg>
  );
}
