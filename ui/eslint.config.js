import js from "@eslint/js";
import globals from "globals";
import svelte from "eslint-plugin-svelte";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

const tauri = {
  regex: "^@tauri-apps/",
  message: "Only src/backend/ knows that Tauri exists: ask the Backend.",
};
const bindings = {
  regex: "(^|/)bindings(\\.ts)?$",
  message: "Take the contract's types from backend/backend.",
};

/** Forbids, for the files of one folder, what is above or beside it. */
const floor = (files, forbidden, message) => ({
  files,
  rules: {
    "no-restricted-imports": [
      "error",
      { patterns: [tauri, bindings, { regex: `/(${forbidden.join("|")})/`, message }] },
    ],
  },
});

export default ts.config(
  { ignores: ["dist", "node_modules", "src/backend/bindings.ts"] },
  js.configs.recommended,
  ts.configs.strictTypeChecked,
  svelte.configs.recommended,
  svelte.configs.prettier,
  {
    languageOptions: {
      globals: { ...globals.browser },
      parserOptions: {
        projectService: { allowDefaultProject: ["*.js"] },
        extraFileExtensions: [".svelte"],
      },
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    // ESLint cannot see the types of other components; svelte-check does.
    files: ["**/*.svelte"],
    rules: {
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      "@typescript-eslint/no-redundant-type-constituents": "off",
    },
  },
  {
    files: ["src/**"],
    rules: {
      "no-restricted-imports": ["error", { patterns: [tauri, bindings] }],
      "no-restricted-exports": [
        "error",
        { restrictDefaultExports: { direct: true, named: true, defaultFrom: true } },
      ],
      "no-console": "error",
      eqeqeq: "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-meaningless-void-operator": "off",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "svelte/no-at-html-tags": "error",
    },
  },
  { files: ["src/backend/**"], rules: { "no-restricted-imports": "off" } },
  floor(
    ["src/controls/**"],
    [
      "screens",
      "connections",
      "diagnosis",
      "blast_radius",
      "platforms",
      "incidents",
      "alerts",
      "forwarding",
      "state",
      "backend",
      "words",
    ],
    "controls/ knows nothing of what is above it.",
  ),
  floor(
    ["src/words/**"],
    [
      "screens",
      "connections",
      "diagnosis",
      "blast_radius",
      "platforms",
      "incidents",
      "alerts",
      "forwarding",
      "state",
      "controls",
    ],
    "words/ says what a view holds, and nothing else.",
  ),
  floor(
    ["src/state/**"],
    [
      "screens",
      "connections",
      "diagnosis",
      "blast_radius",
      "platforms",
      "incidents",
      "alerts",
      "forwarding",
      "controls",
    ],
    "state/ is shown by others; it shows nothing.",
  ),
  floor(
    ["src/queue/**"],
    ["screens", "connections", "diagnosis", "blast_radius", "platforms", "incidents"],
    "Middle folders import only what is below them.",
  ),
  floor(
    ["src/connections/**"],
    ["screens", "diagnosis", "blast_radius", "platforms", "incidents"],
    "Middle folders import only what is below them.",
  ),
  floor(
    ["src/diagnosis/**"],
    ["screens", "connections", "blast_radius", "platforms", "incidents"],
    "Middle folders import only what is below them.",
  ),
  // These three stand above connections/: its lamp shines in each of them.
  floor(
    ["src/blast_radius/**"],
    ["screens", "diagnosis", "platforms", "incidents"],
    "Middle folders import only what is below them.",
  ),
  floor(
    ["src/platforms/**"],
    ["screens", "diagnosis", "blast_radius", "incidents"],
    "Middle folders import only what is below them.",
  ),
  floor(
    ["src/incidents/**"],
    ["screens", "diagnosis", "blast_radius", "platforms"],
    "Middle folders import only what is below them.",
  ),
  floor(
    ["src/alerts/**", "src/forwarding/**"],
    ["screens", "connections", "diagnosis", "blast_radius", "platforms", "incidents"],
    "Middle folders import only what is below them.",
  ),
  { files: ["*.js", "*.ts"], ...ts.configs.disableTypeChecked },
);
