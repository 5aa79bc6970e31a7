/** What a menu can hold. */

import type { IconName } from "./icons";

export type MenuEntry =
  | {
      kind: "item";
      label: string;
      icon?: IconName;
      keys?: string;
      isDanger?: boolean;
      disabledBecause?: string;
      run: () => void;
    }
  | { kind: "line" }
  | {
      kind: "choice";
      head: string;
      value: string;
      options: { value: string; label: string }[];
      choose: (value: string) => void;
    };
