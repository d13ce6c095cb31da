/** Over which kind of line this device speaks, where the browser says so (Chrome on Android). */
interface NetworkInformation {
  type?: string;
}

export function lineKind(): "wifi" | "mobile" | "unknown" {
  const { connection } = navigator as Navigator & { connection?: NetworkInformation };
  if (connection?.type === "wifi" || connection?.type === "ethernet") return "wifi";
  return connection?.type === "cellular" ? "mobile" : "unknown";
}
