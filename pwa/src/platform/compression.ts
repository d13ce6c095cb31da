/** Deflate, gzip and SHA-256 of the browser, on whole byte arrays. Owns no format. */

type Bytes = Uint8Array<ArrayBuffer>;

export async function gzip(bytes: Bytes): Promise<Bytes> {
  return await through(bytes, new CompressionStream("gzip"));
}

/** Deflate without a frame around it; the oldest browsers that seal have it only with one. */
export async function deflate(bytes: Bytes): Promise<Bytes> {
  return (await through(bytes, new CompressionStream("deflate"))).subarray(2, -4);
}

/** Throws when the bytes are not gzip or inflate beyond `bytesMax`. */
export async function gunzip(bytes: Bytes, bytesMax: number): Promise<Bytes> {
  return await through(bytes, new DecompressionStream("gzip"), bytesMax);
}

export async function digest(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

async function through(
  bytes: Bytes,
  transform: CompressionStream | DecompressionStream,
  bytesMax = Number.POSITIVE_INFINITY,
): Promise<Bytes> {
  const reader = new Blob([bytes]).stream().pipeThrough(transform).getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    length += read.value.length;
    if (length > bytesMax) {
      await reader.cancel();
      throw new RangeError("inflates beyond what is allowed");
    }
    parts.push(read.value);
  }
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
