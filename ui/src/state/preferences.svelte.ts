/** What a person chose for this window; kept in the web view's own storage. */

export const themes = ["system", "light", "dark", "contrast"] as const;
export const densities = ["compact", "comfortable"] as const;
export const groupings = ["customer", "provider", "platform", "status", "none"] as const;

/** How large everything is drawn, in hundredths. */
export const sizes = [80, 100, 125, 150, 200] as const;

export type Theme = (typeof themes)[number];
export type Density = (typeof densities)[number];
export type Grouping = (typeof groupings)[number];
export type Size = (typeof sizes)[number];

const KEY = "patchbay.preferences";

interface Stored {
  theme: Theme;
  density: Density;
  size: Size;
  grouping: Grouping;
  letters: boolean;
  gallery: boolean;
}

export class Preferences {
  theme = $state<Theme>("system");
  density = $state<Density>("compact");
  size = $state<Size>(100);
  grouping = $state<Grouping>("customer");
  /** Single letters act on the board and a connection (WCAG 2.1.4). */
  letters = $state(true);
  /** The page with one of everything is offered, for whoever builds the window. */
  gallery = $state(false);
  #isSystemDark = $state(false);
  #isSystemContrast = $state(false);

  /** What stands in `data-theme`. */
  readonly shown = $derived.by(() => {
    const isDark = this.theme === "dark" || (this.theme !== "light" && this.#isSystemDark);
    const isContrast = this.theme === "contrast" || (this.theme === "system" && this.#isSystemContrast);
    if (isContrast) return isDark ? "contrast-dark" : "contrast-light";
    return isDark ? "dark" : "light";
  });

  constructor(private readonly storage: Pick<Storage, "getItem" | "setItem"> = localStorage) {
    const stored = this.#read();
    this.theme = oneOf(themes, stored.theme) ?? "system";
    this.density = oneOf(densities, stored.density) ?? "compact";
    this.size = sizes.find((size) => size === stored.size) ?? 100;
    this.grouping = oneOf(groupings, stored.grouping) ?? "customer";
    this.letters = stored.letters ?? true;
    this.gallery = stored.gallery ?? false;
  }

  /** Follows the system and writes every change down. Returns what ends it. */
  start(): () => void {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const contrast = matchMedia("(prefers-contrast: more)");
    const follow = (): void => {
      this.#isSystemDark = dark.matches;
      this.#isSystemContrast = contrast.matches;
    };
    follow();
    dark.addEventListener("change", follow);
    contrast.addEventListener("change", follow);
    const end = $effect.root(() => {
      $effect.pre(() => {
        document.documentElement.dataset.theme = this.shown;
        document.documentElement.dataset.density = this.density;
      });
      $effect(() => {
        const stored: Stored = {
          theme: this.theme,
          density: this.density,
          size: this.size,
          grouping: this.grouping,
          letters: this.letters,
          gallery: this.gallery,
        };
        this.storage.setItem(KEY, JSON.stringify(stored));
      });
    });
    return () => {
      dark.removeEventListener("change", follow);
      contrast.removeEventListener("change", follow);
      end();
    };
  }

  /** The next size up or down; at either end it stays. */
  resize(steps: 1 | -1): void {
    this.size = sizes[sizes.indexOf(this.size) + steps] ?? this.size;
  }

  #read(): Partial<Stored> {
    try {
      return JSON.parse(this.storage.getItem(KEY) ?? "{}") as Partial<Stored>;
    } catch {
      return {};
    }
  }
}

function oneOf<T extends string>(allowed: readonly T[], value: string | undefined): T | null {
  return allowed.find((one) => one === value) ?? null;
}
