/**
 * What sign-in and Today of a teacher do without: installing packs, a mentor's caseload, renewing a token, sealing, what seldom happens. Comes with the second chunk; the composition
 * root says how it is loaded.
 */
export { makeRoom } from "../db/room.ts";
export { PackInstaller } from "../packs/installer.ts";
export { firstReviews, readCaseload } from "./caseload.ts";
export { afterRun } from "./after-run.ts";
export { installPack } from "./install-pack.ts";
export { leaveDamagedBytes } from "../sync/damaged-bytes.ts";
export { sealAll } from "../sync/seal.ts";
export { renewCredential } from "./renewal.ts";
