import js from "@eslint/js";
import globals from "globals";

export default [
  {ignores: [".venv*/", "node_modules/", "site/", "build/", "dist/"]},
  js.configs.recommended,
  {
    files: ["viewer/**/*.js"],
    languageOptions: {globals: globals.browser},
    rules: {
      // A function that does not fit on a screen is two functions.
      "max-lines-per-function": ["error", {max: 60, skipBlankLines: true, skipComments: true}],
      "no-unused-vars": ["error", {argsIgnorePattern: "^_", varsIgnorePattern: "^_"}],
      eqeqeq: "error",
      "prefer-const": "error",
      "no-var": "error",
    },
  },
  {files: ["tests/js/**/*.js", "tests/browser/*.mjs", "*.js"], languageOptions: {globals: globals.node}},
];
