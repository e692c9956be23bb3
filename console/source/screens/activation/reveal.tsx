import { Confirm } from "../../parts/dialog/confirm.tsx";

interface Props {
  /** Asks for the values with the reason. */
  readonly onReveal: (reason: string) => Promise<void>;
  readonly onClose: () => void;
}

/** Asks why sensitive values are to be shown; the audit log gets the reason. */
export function Reveal({ onReveal, onClose }: Props) {
  return (
    <Confirm title="Reveal sensitive values" verb="Reveal" reason="required" onConfirm={onReveal} onClose={onClose}>
      <p>The values are shown on this page until you leave it. The audit log keeps your name and the reason.</p>
    </Confirm>
  );
}
