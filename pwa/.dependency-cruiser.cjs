/**
 * The order of the phone's code: app > features > use-cases > (sync | packs) > (db | api) > platform > domain > contracts.
 * Down only; `ui` knows none of them; features never import each other; the service worker knows no screen.
 */
const LAYERS = [["app"], ["features"], ["use-cases"], ["sync", "packs"], ["db", "api"], ["platform"], ["domain"], ["contracts"]];
const TEST = "\\.test\\.tsx?$|/testing/";

function above(index) {
  return LAYERS.slice(0, index).flat();
}

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-circles",
      severity: "error",
      from: { pathNot: TEST },
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    { name: "no-orphans", severity: "error", from: { orphan: true, pathNot: [TEST, "\\.d\\.ts$", "^src/contracts/"] }, to: {} },
    ...LAYERS.flatMap((layers, index) =>
      layers.map((layer) => ({
        name: `${layer}-imports-down-only`,
        severity: "error",
        from: { path: `^src/${layer}/`, pathNot: TEST },
        to: { path: `^src/(?:${[...above(index), ...layers.filter((other) => other !== layer), "service-worker"].join("|")})/` },
      })),
    ),
    {
      name: "the-core-knows-no-screen",
      comment: "i18n and ui are for app and features",
      severity: "error",
      from: { path: "^src/(?:use-cases|sync|packs|db|api|platform|domain|contracts|service-worker)/", pathNot: TEST },
      to: { path: "^src/(?:ui|i18n)/" },
    },
    {
      name: "ui-knows-no-domain-word",
      severity: "error",
      from: { path: "^src/ui/", pathNot: TEST },
      to: { path: "^src/(?:app|features|use-cases|sync|packs|db|api|domain|contracts|service-worker)/", pathNot: "^src/db/live\\.ts$" },
    },
    {
      name: "features-do-not-import-each-other",
      severity: "error",
      from: { path: "^src/features/([^/]+)/", pathNot: TEST },
      to: { path: "^src/features/", pathNot: "^src/features/$1/" },
    },
    {
      name: "the-worker-knows-no-screen",
      severity: "error",
      from: { path: "^src/service-worker/" },
      to: { path: "^src/(?:app|features|ui|i18n)/" },
    },
    {
      name: "features-use-use-cases",
      comment: "screens read and write through use-cases; live queries and topics are the two exceptions",
      severity: "error",
      from: { path: "^src/features/", pathNot: TEST },
      to: { path: "^src/(?:sync|packs|db|api|platform)/", pathNot: "^src/db/(?:live|topics)\\.ts$", dependencyTypesNot: ["type-only"] },
    },
    { name: "no-test-helpers-in-the-product", severity: "error", from: { pathNot: TEST }, to: { path: "/testing/" } },
    {
      name: "nothing-undeclared",
      severity: "error",
      from: {},
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown", "unknown"], pathNot: "\\?raw$" },
    },
    {
      name: "only-shipped-packages-in-the-product",
      severity: "error",
      from: { path: "^src/", pathNot: TEST },
      to: { dependencyTypes: ["npm-dev"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default"],
      extensions: [".ts", ".tsx", ".json", ".css", ".md"],
    },
    exclude: { path: "\\.css$" },
  },
};
