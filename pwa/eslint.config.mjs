/** What types alone do not find: promises that nobody awaits, `any` by the back door, sizes of the house. */
import tseslint from "typescript-eslint";

const sizes = {
  "max-lines": ["error", { max: 250, skipBlankLines: false }],
  "max-lines-per-function": ["error", { max: 60 }],
};

export default tseslint.config(
  { ignores: ["src/contracts/**", "src/i18n/generated/**", "src/**/*.d.ts"] },
  {
    files: ["src/**/*.{ts,tsx}"],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: {
        project: ["./tsconfig.json", "./tsconfig.worker.json"],
        tsconfigRootDir: import.meta.dirname,
        ecmaFeatures: { jsx: true },
      },
    },
    plugins: { "@typescript-eslint": tseslint.plugin },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      ...sizes,
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-floating-promises": ["error", { ignoreVoid: true }],
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false, arguments: false } }],
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/no-unsafe-argument": "error",
      "@typescript-eslint/no-unsafe-assignment": "error",
      "@typescript-eslint/no-unsafe-call": "error",
      "@typescript-eslint/no-unsafe-member-access": "error",
      "@typescript-eslint/no-unsafe-return": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true }],
      "@typescript-eslint/consistent-type-imports": ["error", { disallowTypeAnnotations: false }],
      "@typescript-eslint/return-await": ["error", "error-handling-correctness-only"],
    },
  },
  { files: ["src/**/*.tsx"], rules: { "max-lines": ["error", { max: 200 }], "max-lines-per-function": ["error", { max: 80 }] } },
  {
    files: ["src/**/*.test.{ts,tsx}", "src/**/testing/**"],
    ignores: ["src/testing/until.ts"],
    rules: {
      "max-lines-per-function": "off",
      "no-restricted-properties": [
        "error",
        { object: "vi", property: "waitFor", message: "gives up after a second; a busy machine takes longer: use until()" },
      ],
    },
  },
  {
    // The core passes time and chance in; only the platform asks the browser.
    files: ["src/{domain,sync,packs,db,api,use-cases}/**/*.ts"],
    ignores: ["src/**/*.test.ts", "src/**/testing/**"],
    rules: {
      "no-restricted-syntax": [
        "error",
        { selector: "MemberExpression[object.name='Date'][property.name='now']", message: "time is passed in" },
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: "time is passed in" },
        { selector: "MemberExpression[object.name='Math'][property.name='random']", message: "chance is passed in" },
        { selector: "CallExpression[callee.name='setTimeout']", message: "timers are passed in" },
      ],
    },
  },
);
