/** Two poles and the wire between them. */
export function Brand() {
  return (
    <span class="brand">
      <svg viewBox="0 0 28 20" aria-hidden="true">
        <path class="brand-wire" d="M5 6c5 7 13 7 18 0" />
        <path class="brand-pole" d="M5 2.5v15M23 2.5v15M2 6h6M20 6h6" />
        <circle class="brand-pulse" cx="14" cy="11.2" r="2.2" />
      </svg>
      <span class="brand-word">Taskwire</span>
    </span>
  );
}
