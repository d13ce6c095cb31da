/** Giving a file out of the app: the system's share sheet where it takes such files, else a download. Owns nothing of what is in it. */

export type HandedOver = "shared" | "saved" | "cancelled";

export async function handOver(bytes: Uint8Array<ArrayBuffer>, fileName: string): Promise<HandedOver> {
  const file = new File([bytes], fileName, { type: "application/octet-stream" });
  const data = { files: [file] };
  if (typeof navigator.canShare === "function" && navigator.canShare(data)) {
    try {
      await navigator.share(data);
      return "shared";
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return "cancelled";
    }
  }
  const address = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = address;
  link.download = fileName;
  link.click();
  // The download has its own hold on the bytes once it began.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  return "saved";
}
