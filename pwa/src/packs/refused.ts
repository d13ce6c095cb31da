/** Why a pack was not taken. Codes are those of contracts/errors.yaml, `pack_refused`. */
import type { PackRefusedCode } from "../contracts/vocabularies.ts";

export class PackRefusedError extends Error {
  readonly code: PackRefusedCode;
  constructor(code: PackRefusedCode) {
    super(`the pack was refused: ${code}`);
    this.name = "PackRefusedError";
    this.code = code;
  }
}
