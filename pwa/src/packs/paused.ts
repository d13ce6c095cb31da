/** The person paused the download; not a failure. */
export class PausedError extends Error {
  constructor() {
    super("the download was paused");
    this.name = "PausedError";
  }
}
