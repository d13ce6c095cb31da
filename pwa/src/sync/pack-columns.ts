/** The body of a segment: its columns, packed (docs/sync-protocol.md, "Events, streams, segments"). */
import { type Bytes, join, u32be, utf8 } from "../domain/bytes.ts";
import type { Columns } from "../domain/columns.ts";
import { packText } from "../domain/pack-text.ts";
import { deflate } from "../platform/compression.ts";

/** The text's length in three bytes, then the text: coded as both sides know, or deflated by the browser, whichever is smaller. */
export async function packColumns(columns: Columns): Promise<Bytes> {
  const text = JSON.stringify(columns);
  const bytes = utf8(text);
  const [coded, plain] = [packText(text), await deflate(bytes)];
  const isCoded = coded !== undefined && coded.length < plain.length;
  return join(u32be(bytes.length + (isCoded ? CODED : 0)).subarray(1), isCoded ? coded : plain);
}

/** The highest bit of the length: the text is coded. */
const CODED = 1 << 23;
