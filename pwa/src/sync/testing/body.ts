/** Reading a segment's body, which the phone itself never does: columns come down as JSON. For tests. */
import type { Bytes } from "../../domain/bytes.ts";

/** The text inside; throws when it is not as long as the body says. */
export async function readBody(body: Bytes): Promise<string> {
  const length = new DataView(body.buffer, body.byteOffset).getUint32(0) >>> 8;
  const packed = new Blob([body.subarray(3)]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const text = await new Response(packed).arrayBuffer();
  if (text.byteLength !== length) throw new RangeError("the text is not as long as the body says");
  return new TextDecoder().decode(text);
}
