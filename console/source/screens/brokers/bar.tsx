import "./bar.css";

interface Props {
  /** From 0 to 1. */
  readonly share: number;
  /** What it shows, with its numbers. */
  readonly label: string;
  readonly level?: "free" | "near" | "full";
}

/** A quantity against its limit. The numbers are beside it as text. */
export function Bar({ share, label, level = "free" }: Props) {
  return (
    <svg
      class={`bar-track level-${level}`}
      viewBox="0 0 100 6"
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <rect class="bar-ground" width="100" height="6" rx="1" />
      <rect class="bar-value" width={Math.round(share * 1000) / 10} height="6" rx="1" />
    </svg>
  );
}
